package dev.scr.hosts.trace;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The classic pcap format: a 24-byte header, then packets with 16-byte headers. */
final class PcapReader {
  static final ValueLayout.OfInt LITTLE =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt BIG =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
  static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
  static final int FILE_HEADER_BYTES = 24;
  static final int PACKET_HEADER_BYTES = 16;

  private final MemorySegment bytes;
  private final String name;
  private final ValueLayout.OfInt order;
  private final long fractionNs;

  PcapReader(MemorySegment bytes, String name, int littleEndianMagic) {
    this.bytes = bytes;
    this.name = name;
    boolean little = isMagic(littleEndianMagic);
    int magic = little ? littleEndianMagic : Integer.reverseBytes(littleEndianMagic);
    if (!isMagic(magic)) {
      throw new MalformedCapture(
          name,
          0,
          "expected a pcap or pcapng file (magic a1b2c3d4, a1b23c4d or 0a0d0d0a), found %08x"
              .formatted(Integer.reverseBytes(littleEndianMagic)));
    }
    this.order = little ? LITTLE : BIG;
    this.fractionNs = magic == MAGIC_NANOSECONDS ? 1 : 1000;
  }

  private static boolean isMagic(int magic) {
    return magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS;
  }

  CaptureFile.Capture read() {
    if (bytes.byteSize() < FILE_HEADER_BYTES) {
      throw new MalformedCapture(
          name, 0, "expected a file header of 24 bytes, found " + bytes.byteSize());
    }
    int linkType = bytes.get(order, 20) & 0xffff;
    if (linkType != CaptureFile.LINKTYPE_ETHERNET) {
      throw new MalformedCapture(name, 20, "expected link type 1 (Ethernet), found " + linkType);
    }
    Trace.Builder trace = new Trace.Builder();
    int cut = 0;
    long offset = FILE_HEADER_BYTES;
    while (offset < bytes.byteSize()) {
      int length = capturedLength(trace.size(), offset);
      byte[] packet = new byte[length];
      MemorySegment.copy(
          bytes, ValueLayout.JAVA_BYTE, offset + PACKET_HEADER_BYTES, packet, 0, length);
      trace.add(timestampNs(offset), packet);
      cut += length < u32(offset + 12) ? 1 : 0;
      offset += PACKET_HEADER_BYTES + length;
    }
    return new CaptureFile.Capture(trace.build(), cut);
  }

  private int capturedLength(int packet, long offset) {
    long left = bytes.byteSize() - offset - PACKET_HEADER_BYTES;
    if (left < 0) {
      throw new MalformedCapture(
          name,
          offset,
          "packet %d: expected a packet header of 16 bytes, found %d: the file is truncated"
              .formatted(packet, left + PACKET_HEADER_BYTES));
    }
    long length = u32(offset + 8);
    if (length > CaptureFile.MAX_PACKET_BYTES) {
      throw new MalformedCapture(
          name,
          offset + 8,
          "packet %d: expected a length of at most %d, found %d"
              .formatted(packet, CaptureFile.MAX_PACKET_BYTES, length));
    }
    if (length > left) {
      throw new MalformedCapture(
          name,
          offset,
          "packet %d: expected %d bytes, found %d: the file is truncated"
              .formatted(packet, length, left));
    }
    return (int) length;
  }

  private long timestampNs(long offset) {
    return u32(offset) * 1_000_000_000L + u32(offset + 4) * fractionNs;
  }

  private long u32(long offset) {
    return Integer.toUnsignedLong(bytes.get(order, offset));
  }
}
