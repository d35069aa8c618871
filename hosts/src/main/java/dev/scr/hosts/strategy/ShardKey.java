package dev.scr.hosts.strategy;

import dev.scr.pipeline.PacketProgram;

/**
 * The fields of a packet that choose its core: a function of the program's state key, so that all
 * packets of a key meet on one core. Few network cards can hash the source address alone; the SCR
 * paper's authors rewrote their traces instead (section 4.1). A first fragment counts with its
 * ports, as it does in {@code scr.bpf.h}, where a card would leave them out.
 */
public enum ShardKey {
  /** The source address, for programs that keep a state for each source. */
  SOURCE(4),
  /** Addresses and ports, the same for both directions. */
  FLOW(12);

  private static final ToeplitzHash HASH = ToeplitzHash.symmetric();

  private static final int ETHERNET_BYTES = 14;
  private static final int VLAN_BYTES = 4;
  private static final int ADDRESSES = 12;
  private static final int ADDRESS_BYTES = 8;
  private static final int PORT_BYTES = 4;

  /** Sources that {@code ddos.bpf.c} counts as one, because its commands are written like them. */
  private static final int RESERVED = 0xf0;

  private final int bytes;

  ShardKey(int bytes) {
    this.bytes = bytes;
  }

  /** The fields that decide for a program. */
  public static ShardKey of(PacketProgram program) {
    return switch (program) {
      case DDOS, PORTKNOCK -> SOURCE;
      case HEAVYHITTER, CONNTRACK, TOKENBUCKET -> FLOW;
    };
  }

  /** The hash of a packet; 0 for what is not whole IPv4, as on a card that cannot read it. */
  public int hash(byte[] frame, int length) {
    return hashOfState(fields(frame, length, this == FLOW));
  }

  /** Addresses, then ports where they are wanted and there; all zero for what is not whole IPv4. */
  private static byte[] fields(byte[] frame, int length, boolean withPorts) {
    byte[] fields = new byte[ADDRESS_BYTES + PORT_BYTES];
    int ip = networkHeader(frame, length);
    if (ip < 0) {
      return fields;
    }
    System.arraycopy(frame, ip + ADDRESSES, fields, 0, ADDRESS_BYTES);
    int transport = ip + (frame[ip] & 15) * 4;
    if (withPorts && hasPorts(frame, ip) && transport + PORT_BYTES <= length) {
      System.arraycopy(frame, transport, fields, ADDRESS_BYTES, PORT_BYTES);
    }
    return fields;
  }

  /** The hash of all packets that have this key in the program's state. */
  public int hashOfState(byte[] key) {
    return HASH.hash(this == SOURCE ? withoutReserved(key) : key, bytes);
  }

  /** A source, or the one that stands for all reserved ones. */
  private static byte[] withoutReserved(byte[] source) {
    boolean reserved = (source[0] & RESERVED) == RESERVED;
    return reserved ? new byte[] {(byte) RESERVED, 0, 0, 0} : source;
  }

  /** Where the IPv4 header starts behind Ethernet and up to two VLAN tags; -1 if there is none. */
  private static int networkHeader(byte[] frame, int length) {
    int ip = ETHERNET_BYTES;
    for (int tags = 0; tags < 2 && ip <= length && isVlan(type(frame, ip)); tags++) {
      ip += VLAN_BYTES;
    }
    boolean whole = ip + 20 <= length && type(frame, ip) == 0x0800 && frame[ip] >> 4 == 4;
    return whole ? ip : -1;
  }

  private static boolean hasPorts(byte[] frame, int ip) {
    boolean first = (((frame[ip + 6] & 0x1f) << 8) | (frame[ip + 7] & 0xff)) == 0;
    return first && (frame[ip + 9] == 6 || frame[ip + 9] == 17);
  }

  private static int type(byte[] frame, int end) {
    return ((frame[end - 2] & 0xff) << 8) | (frame[end - 1] & 0xff);
  }

  private static boolean isVlan(int type) {
    return type == 0x8100 || type == 0x88a8;
  }
}
