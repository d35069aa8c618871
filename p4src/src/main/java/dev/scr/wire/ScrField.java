package dev.scr.wire;

/**
 * The fields in front of the history, one row each, in wire order. All are unsigned and in network
 * byte order. {@code docs/wire-format.md} holds the same table for people; a test compares it, the
 * P4 header types in the compiled programs and the C structure in the BPF objects with these rows.
 */
public enum ScrField {
  OUTER_DST_ADDR("dst_addr", 0, 6, "MAC address of the worker"),
  OUTER_SRC_ADDR("src_addr", 6, 6, "MAC address of the sequencer"),
  OUTER_ETHER_TYPE("ether_type", 12, 2, "0x88b5"),
  VERSION("version", 14, 1, "1"),
  PROGRAM("program", 15, 1, "the packet program whose metadata the slots hold"),
  EPOCH("epoch", 16, 2, "configuration generation"),
  SLOTS("slots", 18, 1, "depth: number of slots that follow the header"),
  SLOT_BYTES("slot_bytes", 19, 1, "bytes of a slot"),
  OLDEST("oldest", 20, 1, "index of the oldest slot; 0 where there is none"),
  VALID("valid", 21, 1, "number of slots that hold a packet"),
  WORKER("worker", 22, 2, "the worker that the packet was sprayed to"),
  SEQUENCE("sequence", 24, 4, "sequence number of the original packet"),
  LENGTH("length", 28, 2, "bytes of the original frame"),
  FLAGS("flags", 30, 2, "none defined: zero"),
  TIMESTAMP("timestamp", 32, 8, "ns on the sequencer's clock when it took the packet");

  private final String fieldName;
  private final int offset;
  private final int bytes;
  private final String meaning;

  ScrField(String fieldName, int offset, int bytes, String meaning) {
    this.fieldName = fieldName;
    this.offset = offset;
    this.bytes = bytes;
    this.meaning = meaning;
  }

  /** The field's name in P4, C and the documentation. */
  public String fieldName() {
    return fieldName;
  }

  /** Offset of the first byte from the start of the frame. */
  public int offset() {
    return offset;
  }

  /** Width in bytes. */
  public int bytes() {
    return bytes;
  }

  /** What the field says, in a few words. */
  public String meaning() {
    return meaning;
  }
}
