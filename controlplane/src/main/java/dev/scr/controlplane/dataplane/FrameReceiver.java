package dev.scr.controlplane.dataplane;

/** Takes what leaves a switch. Called by one thread at a time. */
@FunctionalInterface
public interface FrameReceiver {
  /**
   * One frame that the switch sends.
   *
   * @param port switch port that it leaves by
   * @param frame the frame, which belongs to the receiver
   */
  void frame(int port, byte[] frame);
}
