package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * A cursor over the frames of one block of a TPACKET_V3 ring. A flyweight owned by one thread;
 * every offset that it reads is checked against the block.
 *
 * <pre>
 *   block:  version:4 private:4 status:4 frames:4 first:4 …
 *   frame:  next:4 sec:4 nsec:4 snaplen:4 len:4 status:4 mac:2 net:2 rxhash:4 vlan_tci:4 vlan_tpid:2 … bytes at mac
 * </pre>
 */
final class RingBlock {
  static final int STATUS = 8;
  static final int FRAMES = 12;
  static final int FIRST = 16;
  static final int HEADER_BYTES = 48;
  static final int FRAME_HEADER_BYTES = 48;

  private final MemorySegment memory;
  private final int blockBytes;
  private long start;
  private long frame;
  private int left;
  private long nextFrame;
  private long offset;
  private int length;
  private int originalLength;

  RingBlock(MemorySegment memory, int blockBytes) {
    this.memory = memory;
    this.blockBytes = blockBytes;
  }

  /**
   * Goes before the first frame of the block at {@code blockStart}; how many frames it says it has.
   */
  int enter(long blockStart) {
    start = blockStart;
    left = memory.get(JAVA_INT, blockStart + FRAMES);
    nextFrame = blockStart + Integer.toUnsignedLong(memory.get(JAVA_INT, blockStart + FIRST));
    if (left < 0 || left > blockBytes / FRAME_HEADER_BYTES) {
      throw malformed("frames", left);
    }
    return left;
  }

  /** No frames are left until the next {@link #enter}. */
  void leave() {
    left = 0;
  }

  /** Goes to the next frame, with its VLAN tag put back; false after the last one. */
  boolean next() {
    if (left == 0) {
      return false;
    }
    left--;
    frame = nextFrame;
    if (frame < start + HEADER_BYTES
        || frame > start + blockBytes - FRAME_HEADER_BYTES
        || (frame & 3) != 0) {
      throw malformed("frame at", frame - start);
    }
    nextFrame = frame + Integer.toUnsignedLong(memory.get(JAVA_INT, frame));
    offset = frame + Short.toUnsignedInt(memory.get(JAVA_SHORT, frame + 24));
    length = memory.get(JAVA_INT, frame + 12);
    originalLength = memory.get(JAVA_INT, frame + 16);
    if (offset < frame + FRAME_HEADER_BYTES || length < 0 || length > start + blockBytes - offset) {
      throw malformed("bytes of a frame", length);
    }
    if ((status() & ControlMessages.STATUS_VLAN_VALID) != 0 && length >= 12) {
      insertVlan();
    }
    return true;
  }

  private void insertVlan() {
    int protocol =
        (status() & ControlMessages.STATUS_VLAN_PROTOCOL_VALID) != 0
            ? Short.toUnsignedInt(memory.get(JAVA_SHORT, frame + 36))
            : VlanTag.CUSTOMER;
    VlanTag.insert(memory, offset, protocol, memory.get(JAVA_INT, frame + 32));
    offset -= FrameBatch.VLAN_TAG_BYTES;
    length += FrameBatch.VLAN_TAG_BYTES;
    originalLength += FrameBatch.VLAN_TAG_BYTES;
  }

  private int status() {
    return memory.get(JAVA_INT, frame + 20);
  }

  long offset() {
    return offset;
  }

  int length() {
    return length;
  }

  int originalLength() {
    return originalLength;
  }

  long timestampNs() {
    return Integer.toUnsignedLong(memory.get(JAVA_INT, frame + 4)) * 1_000_000_000L
        + Integer.toUnsignedLong(memory.get(JAVA_INT, frame + 8));
  }

  boolean checksumMissing() {
    return (status() & ControlMessages.STATUS_CHECKSUM_NOT_READY) != 0;
  }

  private IllegalStateException malformed(String what, long found) {
    left = 0;
    return new IllegalStateException(
        "AF_PACKET ring: expected everything inside a block of "
            + blockBytes
            + " bytes, found "
            + what
            + " "
            + found);
  }
}
