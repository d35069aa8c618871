package dev.scr.hosts.trace;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * The pcapng format (IETF draft-ietf-opsawg-pcapng): sections of blocks. Enhanced and simple packet
 * blocks are read, all others skipped.
 */
final class PcapngReader {
  static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int SIMPLE_PACKET = 3;
  private static final int ENHANCED_PACKET = 6;
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int OPTION_END = 0;
  private static final int OPTION_TIMESTAMP_RESOLUTION = 9;

  /** Units of an interface's time stamps per second. */
  private record Interface(long ticksPerSecond) {
    static final Interface MICROSECONDS = new Interface(1_000_000);

    long toNs(long ticks) {
      if (1_000_000_000 % ticksPerSecond == 0) {
        return ticks * (1_000_000_000 / ticksPerSecond);
      }
      return new BigInteger(Long.toUnsignedString(ticks))
          .multiply(BigInteger.valueOf(1_000_000_000))
          .divide(BigInteger.valueOf(ticksPerSecond))
          .longValue();
    }
  }

  private final MemorySegment bytes;
  private final String name;
  private final Trace.Builder trace = new Trace.Builder();
  private final List<Interface> interfaces = new ArrayList<>();
  private ValueLayout.OfInt order = PcapReader.LITTLE;
  private int cut;

  PcapngReader(MemorySegment bytes, String name) {
    this.bytes = bytes;
    this.name = name;
  }

  CaptureFile.Capture read() {
    long offset = 0;
    while (offset < bytes.byteSize()) {
      require(offset, 12, "a block header");
      if (bytes.get(PcapReader.LITTLE, offset) == SECTION_HEADER) {
        startSection(offset);
      }
      long length = u32(offset + 4);
      if (length < 12 || length % 4 != 0) {
        throw new MalformedCapture(
            name, offset + 4, "expected a block length of 12 or more in fours, found " + length);
      }
      require(offset, length, "a block");
      block(offset, length);
      offset += length;
    }
    return new CaptureFile.Capture(trace.build(), cut);
  }

  private void startSection(long offset) {
    require(offset, 28, "a section header block");
    if (bytes.get(PcapReader.LITTLE, offset + 8) == BYTE_ORDER_MAGIC) {
      order = PcapReader.LITTLE;
    } else if (bytes.get(PcapReader.BIG, offset + 8) == BYTE_ORDER_MAGIC) {
      order = PcapReader.BIG;
    } else {
      throw new MalformedCapture(
          name,
          offset + 8,
          "expected the byte-order magic 1a2b3c4d, found %08x"
              .formatted(bytes.get(PcapReader.BIG, offset + 8)));
    }
    interfaces.clear();
  }

  private void block(long offset, long length) {
    switch (bytes.get(order, offset)) {
      case INTERFACE_DESCRIPTION -> describeInterface(offset, length);
      case ENHANCED_PACKET -> enhancedPacket(offset, length);
      case SIMPLE_PACKET -> simplePacket(offset, length);
      default -> {} // statistics, name resolution, comments: nothing for us
    }
  }

  private void describeInterface(long offset, long length) {
    need(offset, length, 20);
    int linkType = bytes.get(order, offset + 8) & 0xffff;
    int found = order.equals(PcapReader.BIG) ? bytes.get(order, offset + 8) >>> 16 : linkType;
    if (found != CaptureFile.LINKTYPE_ETHERNET) {
      throw new MalformedCapture(
          name, offset + 8, "expected link type 1 (Ethernet), found " + found);
    }
    interfaces.add(new Interface(ticksPerSecond(offset + 16, offset + length - 4)));
  }

  private long ticksPerSecond(long offset, long end) {
    long option = offset;
    while (option + 4 <= end) {
      int first = bytes.get(order, option);
      boolean big = order.equals(PcapReader.BIG);
      int code = big ? first >>> 16 : first & 0xffff;
      int length = big ? first & 0xffff : first >>> 16;
      if (code == OPTION_END) {
        break;
      }
      if (code == OPTION_TIMESTAMP_RESOLUTION && length == 1 && option + 5 <= end) {
        return resolution(option + 4);
      }
      option += 4 + (length + 3 & ~3);
    }
    return Interface.MICROSECONDS.ticksPerSecond();
  }

  private long resolution(long offset) {
    int value = bytes.get(ValueLayout.JAVA_BYTE, offset);
    int exponent = value & 0x7f;
    if (exponent > (value < 0 ? 62 : 18)) {
      throw new MalformedCapture(
          name, offset, "expected a time resolution that fits 63 bits, found exponent " + exponent);
    }
    return value < 0 ? 1L << exponent : BigInteger.TEN.pow(exponent).longValue();
  }

  private void enhancedPacket(long offset, long length) {
    need(offset, length, 32);
    long index = u32(offset + 8);
    if (index >= interfaces.size()) {
      throw new MalformedCapture(
          name,
          offset + 8,
          "packet %d: expected an interface below %d, found %d"
              .formatted(trace.size(), interfaces.size(), index));
    }
    long ticks = u32(offset + 12) << 32 | u32(offset + 16);
    packet(
        interfaces.get((int) index).toNs(ticks),
        offset + 28,
        u32(offset + 20),
        u32(offset + 24),
        offset + length - 4);
  }

  private void simplePacket(long offset, long length) {
    need(offset, length, 16);
    long original = u32(offset + 8);
    packet(0, offset + 12, Math.min(original, length - 16), original, offset + length - 4);
  }

  private void packet(long timestampNs, long offset, long captured, long original, long end) {
    if (captured > end - offset || captured > CaptureFile.MAX_PACKET_BYTES) {
      throw new MalformedCapture(
          name,
          offset,
          "packet %d: expected at most %d bytes, found a length of %d"
              .formatted(
                  trace.size(), Math.min(end - offset, CaptureFile.MAX_PACKET_BYTES), captured));
    }
    byte[] packet = new byte[(int) captured];
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, packet, 0, packet.length);
    trace.add(timestampNs, packet);
    cut += captured < original ? 1 : 0;
  }

  private void need(long offset, long length, long least) {
    if (length < least) {
      throw new MalformedCapture(
          name,
          offset + 4,
          "block of type %d: expected at least %d bytes, found %d"
              .formatted(bytes.get(order, offset), least, length));
    }
  }

  private void require(long offset, long length, String what) {
    if (bytes.byteSize() - offset < length) {
      throw new MalformedCapture(
          name,
          offset,
          "expected %s of %d bytes, found %d: the file is truncated"
              .formatted(what, length, bytes.byteSize() - offset));
    }
  }

  private long u32(long offset) {
    return Integer.toUnsignedLong(bytes.get(order, offset));
  }
}
