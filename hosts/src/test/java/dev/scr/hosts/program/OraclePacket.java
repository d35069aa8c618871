package dev.scr.hosts.program;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/**
 * What an oracle sees of a packet; the rules of docs/wire-format.md, written a second time.
 *
 * @param malformed whether it is broken; nothing else is known then
 * @param source IPv4 source address
 * @param tcp its TCP header, if the program reads TCP
 * @param flow its 5-tuple, if it has a header that the program reads
 * @param timeUs the sequencer's time in microseconds
 */
record OraclePacket(
    boolean malformed,
    Optional<Integer> source,
    Optional<Tcp> tcp,
    Optional<Flow> flow,
    long timeUs) {
  private static final OraclePacket MALFORMED = other(true);
  private static final OraclePacket OTHER = other(false);

  /**
   * A 5-tuple.
   *
   * @param key as the programs' key, in hexadecimal
   * @param bytes of the IP packet
   */
  record Flow(String key, int bytes) {}

  /**
   * A TCP header and the addresses around it.
   *
   * @param payload bytes behind the header, negative if the header says that it is longer than the
   *     packet
   */
  record Tcp(
      long source,
      long destination,
      int sourcePort,
      int port,
      int flags,
      long sequence,
      long acknowledgment,
      int headerBytes,
      int payload) {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    boolean opens() {
      return has(SYN) && !has(ACK);
    }

    boolean fin() {
      return has(FIN);
    }

    boolean syn() {
      return has(SYN);
    }

    boolean rst() {
      return has(RST);
    }

    boolean ack() {
      return has(ACK);
    }

    private boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  private static OraclePacket other(boolean malformed) {
    return new OraclePacket(malformed, Optional.empty(), Optional.empty(), Optional.empty(), 0);
  }

  OraclePacket at(long newTimeUs) {
    return new OraclePacket(malformed, source, tcp, flow, newTimeUs);
  }

  static OraclePacket of(byte[] bytes, Set<Integer> reads) {
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    int start = 14;
    int tags = 0;
    while (true) {
      if (bytes.length < start) {
        return MALFORMED;
      }
      int type = frame.getShort(start - 2) & 0xffff;
      if (type == 0x88b5 || type == 0x88b6) {
        return MALFORMED;
      }
      if (type == 0x0800) {
        return ipv4(frame, start, reads);
      }
      if ((type != 0x8100 && type != 0x88a8) || tags++ == 2) {
        return OTHER;
      }
      start += 4;
    }
  }

  private static OraclePacket ipv4(ByteBuffer frame, int start, Set<Integer> reads) {
    int left = frame.capacity() - start;
    if (left < 20) {
      return MALFORMED;
    }
    int header = (frame.get(start) & 15) * 4;
    int total = frame.getShort(start + 2) & 0xffff;
    boolean sane = frame.get(start) >> 4 == 4 && header >= 20 && total >= header && total <= left;
    if (!sane) {
      return MALFORMED;
    }
    boolean first = (frame.getShort(start + 6) & 0x1fff) == 0;
    Optional<Integer> source = Optional.of(frame.getInt(start + 12));
    int protocol = frame.get(start + 9);
    if (!reads.contains(protocol) || !first) {
      return new OraclePacket(false, source, Optional.empty(), Optional.empty(), 0);
    }
    if (total < header + (protocol == 6 ? 20 : 8)) {
      return MALFORMED;
    }
    Optional<Tcp> tcp =
        protocol == 6 ? Optional.of(tcp(frame, start, start + header, total)) : Optional.empty();
    byte[] key = new byte[16];
    frame.get(start + 12, key, 0, 8).get(start + header, key, 8, 4);
    key[12] = (byte) protocol;
    Flow flow = new Flow(HexFormat.of().formatHex(key), total);
    return new OraclePacket(false, source, tcp, Optional.of(flow), 0);
  }

  private static Tcp tcp(ByteBuffer frame, int ip, int tcp, int total) {
    int headerBytes = (frame.get(tcp + 12) >> 4 & 15) * 4;
    return new Tcp(
        frame.getInt(ip + 12) & 0xffffffffL,
        frame.getInt(ip + 16) & 0xffffffffL,
        frame.getShort(tcp) & 0xffff,
        frame.getShort(tcp + 2) & 0xffff,
        frame.get(tcp + 13),
        frame.getInt(tcp + 4) & 0xffffffffL,
        frame.getInt(tcp + 8) & 0xffffffffL,
        headerBytes,
        total - (tcp - ip) - headerBytes);
  }
}
