package dev.scr.softswitch.program;

import dev.scr.softswitch.packet.Packet;

/** One step of an action, of a parser state or of a deparser. */
public sealed interface Primitive
    permits HeaderPrimitive, FlowPrimitive, StatePrimitive, TargetPrimitive {

  /** Says that the step after this one is next. */
  int NEXT = -1;

  /**
   * Does the step.
   *
   * @return {@link #NEXT}, or the number of the step in the same action to go on with
   */
  int run(Packet packet);
}
