package dev.scr.hosts.live;

/** Where a worker's frames come from. Owned by the thread that opened it. */
public sealed interface FrameSource extends AutoCloseable permits PacketFrames, XdpFrames {

  /** Takes frames. */
  @FunctionalInterface
  interface Receiver {
    /** One frame, in the first {@code length} bytes of an array that is used again for the next. */
    void frame(byte[] frame, int length);
  }

  /**
   * Waits for frames and gives those that are there to the receiver, in the order in which they
   * came.
   *
   * @param timeoutNs longest wait, in nanoseconds
   * @return how many there were; 0 after the timeout
   * @throws dev.scr.linux.call.SystemCallException ENODEV when the interface has gone
   */
  int receive(long timeoutNs, Receiver receiver);

  /** Frames that came since opening and found no room. */
  long dropped();

  @Override
  void close();
}
