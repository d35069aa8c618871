package dev.scr.hosts.program;

import java.nio.ByteBuffer;

/**
 * Ethernet frames with a TCP segment between two ends, for tests that say every number themselves.
 */
final class TcpFrames {
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int ACK = 16;

  private static final int HEADERS = 54;

  /** An address and a port. */
  record End(int address, int port) {}

  private TcpFrames() {}

  /** A segment with that many bytes of payload. */
  static byte[] segment(End from, End to, int flags, int sequence, int acknowledgment, int bytes) {
    ByteBuffer frame = ByteBuffer.allocate(HEADERS + bytes);
    frame.putShort(12, (short) 0x0800);
    frame
        .position(14)
        .put((byte) 0x45)
        .put((byte) 0)
        .putShort((short) (40 + bytes))
        .putInt(0)
        .put((byte) 64)
        .put((byte) 6)
        .putShort((short) 0)
        .putInt(from.address())
        .putInt(to.address())
        .putShort((short) from.port())
        .putShort((short) to.port())
        .putInt(sequence)
        .putInt(acknowledgment)
        .put((byte) 0x50)
        .put((byte) flags);
    return frame.array();
  }
}
