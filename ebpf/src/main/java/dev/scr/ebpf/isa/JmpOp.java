package dev.scr.ebpf.isa;

/** Comparisons of conditional jumps, RFC 9669 section 4.3. */
public enum JmpOp {
  JEQ(0x1, "=="),
  JGT(0x2, ">"),
  JGE(0x3, ">="),
  JSET(0x4, "&"),
  JNE(0x5, "!="),
  JSGT(0x6, "s>"),
  JSGE(0x7, "s>="),
  JLT(0xa, "<"),
  JLE(0xb, "<="),
  JSLT(0xc, "s<"),
  JSLE(0xd, "s<=");

  private final int code;
  private final String symbol;

  JmpOp(int code, String symbol) {
    this.code = code;
    this.symbol = symbol;
  }

  /** Upper four bits of the opcode. */
  public int code() {
    return code;
  }

  /** The operator in assembly text. */
  public String symbol() {
    return symbol;
  }
}
