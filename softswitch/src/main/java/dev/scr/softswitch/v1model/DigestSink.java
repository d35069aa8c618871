package dev.scr.softswitch.v1model;

import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.program.Program;

/** Takes the digests that a program generates. Called under the switch's lock. */
@FunctionalInterface
public interface DigestSink {

  /** A digest; the packet is valid during the call only. */
  void digest(Program.LearnList list, Packet packet);
}
