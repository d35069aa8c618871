package dev.scr.ebpf.isa;

/** Sizes of a memory access, RFC 9669 section 5: code bits 3 and 4 of the opcode. */
public enum MemSize {
  B(1, 0x10),
  H(2, 0x08),
  W(4, 0x00),
  DW(8, 0x18);

  private final int bytes;
  private final int code;

  MemSize(int bytes, int code) {
    this.bytes = bytes;
    this.code = code;
  }

  /** Bytes moved. */
  public int bytes() {
    return bytes;
  }

  /** Bits moved. */
  public int bits() {
    return bytes * 8;
  }

  /** The size bits of the opcode. */
  public int code() {
    return code;
  }

  /**
   * The size of an access.
   *
   * @throws IllegalArgumentException unless it is 1, 2, 4 or 8
   */
  public static MemSize ofBytes(int bytes) {
    return switch (bytes) {
      case 1 -> B;
      case 2 -> H;
      case 4 -> W;
      case 8 -> DW;
      default -> throw new IllegalArgumentException("no access has " + bytes + " bytes");
    };
  }

  /** The row with these opcode bits. */
  public static MemSize ofOpcode(int opcode) {
    return switch (opcode & 0x18) {
      case 0x10 -> B;
      case 0x08 -> H;
      case 0x00 -> W;
      default -> DW;
    };
  }
}
