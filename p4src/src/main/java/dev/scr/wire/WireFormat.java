package dev.scr.wire;

/** The numbers of the wire format that are not fields. */
public final class WireFormat {
  /** EtherType of a sequenced frame: IEEE 802 local experimental ethertype 1. */
  public static final int ETHERTYPE_SCR = 0x88b5;

  /** The only version of the format. */
  public static final int VERSION = 1;

  /** Bytes in front of the history, the outer Ethernet header included. */
  public static final int HEADER_BYTES = 40;

  /** BMv2 corrupts its memory when a packet grows by more than this (behavioral-model #1123). */
  public static final int BMV2_MAX_GROWTH_BYTES = 512;

  /** Most workers that the {@code spray} table of the P4 programs has room for. */
  public static final int MAX_WORKERS = 256;

  private WireFormat() {}
}
