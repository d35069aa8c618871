package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The kernel takes the outer VLAN tag out of a received frame and hands it over beside the frame;
 * this puts it back.
 */
final class VlanTag {
  /** 802.1Q's protocol, which kernels meant before they started to say it. */
  static final int CUSTOMER = 0x8100;

  private static final int ADDRESSES_BYTES = 12;
  private static final ValueLayout.OfShort NETWORK_SHORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private VlanTag() {}

  /**
   * Moves the two addresses of the frame at {@code offset} four bytes forward and fills the gap;
   * the frame then starts at {@code offset - 4}.
   */
  static void insert(MemorySegment memory, long offset, int protocol, int control) {
    long start = offset - FrameBatch.VLAN_TAG_BYTES;
    MemorySegment.copy(memory, offset, memory, start, ADDRESSES_BYTES);
    memory.set(NETWORK_SHORT, start + ADDRESSES_BYTES, (short) protocol);
    memory.set(NETWORK_SHORT, start + ADDRESSES_BYTES + 2, (short) control);
  }
}
