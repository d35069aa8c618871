package dev.scr.ebpf.isa;

/**
 * Arithmetic, RFC 9669 section 4.1: code in the upper four opcode bits, and the offset field, which
 * tells variants of one code apart. {@code dst = dst op src}.
 */
public enum AluOp {
  ADD(0x0, 0, "+=", Source.ANY),
  SUB(0x1, 0, "-=", Source.ANY),
  MUL(0x2, 0, "*=", Source.ANY),
  DIV(0x3, 0, "/=", Source.ANY),
  SDIV(0x3, 1, "s/=", Source.ANY),
  OR(0x4, 0, "|=", Source.ANY),
  AND(0x5, 0, "&=", Source.ANY),
  LSH(0x6, 0, "<<=", Source.ANY),
  RSH(0x7, 0, ">>=", Source.ANY),
  NEG(0x8, 0, "-", Source.NONE),
  MOD(0x9, 0, "%=", Source.ANY),
  SMOD(0x9, 1, "s%=", Source.ANY),
  XOR(0xa, 0, "^=", Source.ANY),
  MOV(0xb, 0, "=", Source.ANY),
  MOVSX8(0xb, 8, "(s8)", Source.REGISTER),
  MOVSX16(0xb, 16, "(s16)", Source.REGISTER),
  MOVSX32(0xb, 32, "(s32)", Source.REGISTER_64),
  ARSH(0xc, 0, "s>>=", Source.ANY);

  /** What may stand in the source. */
  public enum Source {
    /** A register or a constant. */
    ANY,
    /** A register only. */
    REGISTER,
    /** A register only, and only in the 64-bit width. */
    REGISTER_64,
    /** Nothing: the field is zero. */
    NONE
  }

  private final int code;
  private final int offset;
  private final String symbol;
  private final Source source;

  AluOp(int code, int offset, String symbol, Source source) {
    this.code = code;
    this.offset = offset;
    this.symbol = symbol;
    this.source = source;
  }

  /** Upper four bits of the opcode. */
  public int code() {
    return code;
  }

  /** Value of the offset field. */
  public int offset() {
    return offset;
  }

  /** The operator in assembly text. */
  public String symbol() {
    return symbol;
  }

  /** What may stand in the source. */
  public Source source() {
    return source;
  }

  /** Whether the operation is one of the sign-extending moves of ISA v4. */
  public boolean signExtends() {
    return this == MOVSX8 || this == MOVSX16 || this == MOVSX32;
  }

  /** Whether the old value of the destination matters. */
  public boolean readsDestination() {
    return this != MOV && !signExtends();
  }

  /** Whether this operation exists at this width with this source. */
  public boolean accepts(Width width, Operand operand) {
    return switch (source) {
      case ANY -> true;
      case REGISTER -> operand instanceof Reg;
      case REGISTER_64 -> operand instanceof Reg && width == Width.W64;
      case NONE -> operand.equals(Imm.ZERO);
    };
  }
}
