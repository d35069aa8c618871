package dev.scr.wire;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The frame by which a controller has a sequencer number a command ({@code docs/wire-format.md},
 * "Control"): Ethernet, four bytes, and the metadata that takes its place in history.
 */
public final class ControlFrame {
  /** EtherType: IEEE 802 local experimental ethertype 2. */
  public static final int ETHERTYPE = 0x88b6;

  /** The switch port from which alone a sequencer takes commands. */
  public static final int CPU_PORT = 510;

  /** Bytes in front of the metadata. */
  public static final int HEADER_BYTES = 18;

  private static final int ETHER_TYPE_OFFSET = 12;

  private ControlFrame() {}

  /** The frame with the metadata of a command; addresses are zero, since nobody looks at them. */
  public static byte[] of(int program, byte[] metadata) {
    return ByteBuffer.allocate(HEADER_BYTES + metadata.length)
        .putShort(ETHER_TYPE_OFFSET, (short) ETHERTYPE)
        .put(ETHER_TYPE_OFFSET + 2, (byte) WireFormat.VERSION)
        .put(ETHER_TYPE_OFFSET + 3, (byte) program)
        .put(HEADER_BYTES, metadata)
        .array();
  }

  /** The metadata in a frame; none if it is not a control frame of that program. */
  public static Optional<byte[]> metadata(byte[] frame, int length, int program, int slotBytes) {
    ByteBuffer view = ByteBuffer.wrap(frame, 0, length);
    boolean right =
        length >= HEADER_BYTES + slotBytes
            && (view.getShort(ETHER_TYPE_OFFSET) & 0xffff) == ETHERTYPE
            && (view.get(ETHER_TYPE_OFFSET + 2) & 0xff) == WireFormat.VERSION
            && (view.get(ETHER_TYPE_OFFSET + 3) & 0xff) == program;
    if (!right) {
      return Optional.empty();
    }
    byte[] metadata = new byte[slotBytes];
    view.get(HEADER_BYTES, metadata);
    return Optional.of(metadata);
  }
}
