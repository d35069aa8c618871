package dev.scr.softswitch.packet;

/** Takes the frames that leave the switch. */
@FunctionalInterface
public interface Transmit {

  /**
   * A frame leaves. The bytes are valid during the call only; the receiver must not change them,
   * and must not call back into the switch.
   *
   * @param port the port it leaves on
   */
  void frame(int port, byte[] bytes, int offset, int length);
}
