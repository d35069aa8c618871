package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.scr.linux.call.SocketCalls;
import java.lang.foreign.MemorySegment;

/**
 * What the kernel says about a frame beside its bytes. A flyweight over one message's control area:
 *
 * <pre>
 *   cmsghdr  { len:8  level:4  type:4 } data, padded to 8
 *   auxdata  { status:4 len:4 snaplen:4 mac:2 net:2 vlan_tci:2 vlan_tpid:2 }
 *   timespec { seconds:8 nanoseconds:8 }
 * </pre>
 */
final class ControlMessages {
  static final int HEADER_BYTES = 16;
  static final int AUXILIARY_BYTES = 20;
  static final int TIMESPEC_BYTES = 16;

  static final int STATUS_CHECKSUM_NOT_READY = 1 << 3;
  static final int STATUS_VLAN_VALID = 1 << 4;
  static final int STATUS_VLAN_PROTOCOL_VALID = 1 << 6;

  private int status;
  private int vlanControl;
  private int vlanProtocol;
  private long timestampNs;

  /**
   * Reads the messages in {@code length} bytes from {@code start}; anything malformed ends the
   * walk, unknown ones are skipped.
   */
  void parse(MemorySegment area, long start, long length) {
    status = 0;
    timestampNs = 0;
    long end = start + Math.min(length, area.byteSize() - start);
    long at = start;
    while (at + HEADER_BYTES <= end) {
      long bytes = area.get(JAVA_LONG, at);
      if (bytes < HEADER_BYTES || bytes > end - at) {
        return;
      }
      accept(area, at, bytes - HEADER_BYTES);
      at += (bytes + 7) & ~7L;
    }
  }

  private void accept(MemorySegment area, long at, long dataBytes) {
    int level = area.get(JAVA_INT, at + 8);
    int type = area.get(JAVA_INT, at + 12);
    long data = at + HEADER_BYTES;
    if (level == PacketSocket.SOL_PACKET
        && type == PacketSocket.PACKET_AUXDATA
        && dataBytes >= AUXILIARY_BYTES) {
      status = area.get(JAVA_INT, data);
      vlanControl = Short.toUnsignedInt(area.get(JAVA_SHORT, data + 16));
      vlanProtocol =
          (status & STATUS_VLAN_PROTOCOL_VALID) != 0
              ? Short.toUnsignedInt(area.get(JAVA_SHORT, data + 18))
              : VlanTag.CUSTOMER;
    } else if (level == SocketCalls.SOL_SOCKET
        && type == SocketCalls.SO_TIMESTAMPNS
        && dataBytes >= TIMESPEC_BYTES) {
      timestampNs = area.get(JAVA_LONG, data) * 1_000_000_000L + area.get(JAVA_LONG, data + 8);
    }
  }

  boolean hasVlan() {
    return (status & STATUS_VLAN_VALID) != 0;
  }

  /** Priority, drop-eligible bit and VLAN number, as in the tag. */
  int vlanControl() {
    return vlanControl;
  }

  /** The tag's own ethertype. */
  int vlanProtocol() {
    return vlanProtocol;
  }

  boolean checksumMissing() {
    return (status & STATUS_CHECKSUM_NOT_READY) != 0;
  }

  long timestampNs() {
    return timestampNs;
  }
}
