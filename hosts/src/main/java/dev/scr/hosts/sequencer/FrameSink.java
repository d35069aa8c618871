package dev.scr.hosts.sequencer;

/** Takes frames from a sequencer, in the order in which it sends them. */
@FunctionalInterface
public interface FrameSink {
  /**
   * Takes one frame. The array belongs to the sequencer and changes after the call.
   *
   * @param port switch port that the frame leaves by
   * @param frame holds the frame from its first byte
   * @param length bytes of the frame
   */
  void frame(int port, byte[] frame, int length);
}
