package dev.scr.hosts.trace;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Makes Ethernet frames with right lengths and checksums. Reused: {@code ethernet()} starts the
 * next frame. Not thread-safe.
 */
final class FrameBuilder {
  static final int PROTO_TCP = 6;
  static final int PROTO_UDP = 17;
  static final int SYN = 0x02;
  static final int FIN = 0x01;
  static final int ACK = 0x10;
  static final int PSH = 0x08;
  static final int RST = 0x04;

  private static final long HOST_A = 0x0200_0000_000aL;
  private static final long HOST_B = 0x0200_0000_000bL;

  private final ByteBuffer frame = ByteBuffer.allocate(1 << 16);
  private int ipv4Start;
  private int ipv4HeaderBytes;

  /** Starts a frame; the EtherType of what follows is appended by the next call. */
  FrameBuilder ethernet() {
    frame.clear();
    mac(HOST_B);
    mac(HOST_A);
    return this;
  }

  /** Adds a tag of 4 bytes: 802.1Q (0x8100) or 802.1ad (0x88a8). */
  FrameBuilder vlan(int etherType, int vlanId) {
    frame.putShort((short) etherType).putShort((short) vlanId);
    return this;
  }

  /** Adds an EtherType and payload bytes. */
  FrameBuilder other(int etherType, byte[] payload) {
    frame.putShort((short) etherType).put(payload);
    return this;
  }

  /**
   * Adds an IPv4 header; {@link #build} fills in length and checksum. Options in fours of bytes.
   */
  FrameBuilder ipv4(int source, int destination, int protocol, int fragment, byte[] options) {
    frame.putShort((short) 0x0800);
    ipv4Start = frame.position();
    ipv4HeaderBytes = 20 + options.length;
    frame
        .put((byte) (0x40 | ipv4HeaderBytes / 4))
        .put((byte) 0)
        .putShort((short) 0)
        .putShort((short) (source ^ destination))
        .putShort((short) fragment)
        .put((byte) 64)
        .put((byte) protocol)
        .putShort((short) 0)
        .putInt(source)
        .putInt(destination)
        .put(options);
    return this;
  }

  /** Adds a TCP header without options; {@link #build} fills in the checksum. */
  FrameBuilder tcp(
      int sourcePort, int destinationPort, int flags, int sequence, int acknowledgment) {
    frame
        .putShort((short) sourcePort)
        .putShort((short) destinationPort)
        .putInt(sequence)
        .putInt(acknowledgment)
        .put((byte) 0x50)
        .put((byte) flags)
        .putShort((short) 0xffff)
        .putInt(0);
    return this;
  }

  /** Adds options to the TCP header that was just added, in fours of bytes. */
  FrameBuilder tcpOptions(byte[] options) {
    frame.put(frame.position() - 8, (byte) ((5 + options.length / 4) << 4));
    frame.put(options);
    return this;
  }

  /** Adds a UDP header for a payload of that many bytes, without checksum (RFC 768 allows 0). */
  FrameBuilder udp(int sourcePort, int destinationPort, int payloadBytes) {
    frame
        .putShort((short) sourcePort)
        .putShort((short) destinationPort)
        .putShort((short) (8 + payloadBytes))
        .putShort((short) 0);
    return this;
  }

  /** Adds zero bytes until the frame has a length, if it is shorter. */
  FrameBuilder padTo(int length) {
    while (frame.position() < length) {
      frame.put((byte) 0);
    }
    return this;
  }

  /** Length so far. */
  int length() {
    return frame.position();
  }

  /** The frame as it is, without completing any header. */
  byte[] buildRaw() {
    return Arrays.copyOf(frame.array(), frame.position());
  }

  /** The frame with the IPv4 length and checksums filled in. */
  byte[] build() {
    int end = frame.position();
    frame.putShort(ipv4Start + 2, (short) (end - ipv4Start));
    frame.putShort(ipv4Start + 10, (short) 0);
    frame.putShort(ipv4Start + 10, checksum(ipv4Start, ipv4Start + ipv4HeaderBytes, 0));
    boolean firstFragment = (frame.getShort(ipv4Start + 6) & 0x3fff) == 0;
    if (frame.get(ipv4Start + 9) == PROTO_TCP && firstFragment) {
      int tcp = ipv4Start + ipv4HeaderBytes;
      int pseudoHeader = PROTO_TCP + (end - tcp);
      for (int offset = 12; offset < 20; offset += 2) {
        pseudoHeader += frame.getShort(ipv4Start + offset) & 0xffff;
      }
      frame.putShort(tcp + 16, (short) 0);
      frame.putShort(tcp + 16, checksum(tcp, end, pseudoHeader));
    }
    return buildRaw();
  }

  /** The ones' complement sum of RFC 1071. */
  private short checksum(int start, int end, int initial) {
    int sum = initial;
    for (int offset = start; offset < end; offset += 2) {
      int low = offset + 1 < end ? frame.get(offset + 1) & 0xff : 0;
      sum += (frame.get(offset) & 0xff) << 8 | low;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }

  private void mac(long address) {
    frame.putShort((short) (address >> 32)).putInt((int) address);
  }
}
