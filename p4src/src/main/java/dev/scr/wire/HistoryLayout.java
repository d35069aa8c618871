package dev.scr.wire;

/**
 * Where the slots of a frame lie.
 *
 * @param slots the depth: how many slots the frame carries, 0 to 255
 * @param slotBytes bytes of one slot, 1 to 255
 */
public record HistoryLayout(int slots, int slotBytes) {
  public HistoryLayout {
    if (slots < 0 || slots > 255) {
      throw new IllegalArgumentException("slots=" + slots + " is not in 0..255");
    }
    if (slotBytes < 1 || slotBytes > 255) {
      throw new IllegalArgumentException("slotBytes=" + slotBytes + " is not in 1..255");
    }
  }

  /** Bytes that the sequencer puts in front of the original packet. */
  public int growthBytes() {
    return WireFormat.HEADER_BYTES + slots * slotBytes;
  }

  /** Offset of the slot at this index of the ring, from the start of the frame. */
  public int slotOffset(int index) {
    return WireFormat.HEADER_BYTES + index * slotBytes;
  }

  /** Offset of the original packet. */
  public int originalOffset() {
    return growthBytes();
  }

  /** The largest depth whose growth stays within a limit, in slots; at most 255. */
  public static int maxSlotsWithin(int growthLimitBytes, int slotBytes) {
    return Math.clamp((growthLimitBytes - WireFormat.HEADER_BYTES) / slotBytes, 0, 255);
  }
}
