package dev.scr.softswitch.ports;

/**
 * Where frames come from and go to. One thread receives; any one thread at a time sends; closing
 * may come from any thread and ends a receive call that waits.
 */
public interface Port extends AutoCloseable {

  /** Takes frames that a port received. */
  @FunctionalInterface
  interface Receiver {
    /** A frame in the first {@code length} bytes; valid during the call only. */
    void frame(byte[] frame, int length);
  }

  /** What messages call it. */
  String name();

  /**
   * Waits for frames and hands on what is there.
   *
   * @return how many; 0 after the timeout; -1 once the port is closed or its interface has gone
   */
  int receive(Receiver receiver, long timeoutNs);

  /**
   * Sends a frame without waiting for long.
   *
   * @return whether the frame was taken; false counts as lost
   */
  boolean send(byte[] bytes, int offset, int length);

  @Override
  void close();
}
