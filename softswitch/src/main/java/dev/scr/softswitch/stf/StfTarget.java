package dev.scr.softswitch.stf;

import java.util.List;

/** A switch that an STF test can run on. */
public interface StfTarget {

  /** A frame that left the switch. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way, never compared
  record Frame(int port, byte[] bytes) {}

  /**
   * Changes tables or other state.
   *
   * @throws IllegalArgumentException if the program has no such object; the message says which
   */
  void configure(StfCommand command);

  /** Sends a frame in, and gives what came out, in order. */
  List<Frame> send(int port, byte[] bytes);

  /** The value of a counter. */
  long counter(StfCommand.CheckCounter check);
}
