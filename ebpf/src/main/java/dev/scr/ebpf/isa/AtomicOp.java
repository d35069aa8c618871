package dev.scr.ebpf.isa;

/**
 * Atomic read-modify-write operations, RFC 9669 section 5.3; the code stands in the immediate
 * field.
 */
public enum AtomicOp {
  ADD(0x00, "+=", "add"),
  OR(0x40, "|=", "or"),
  AND(0x50, "&=", "and"),
  XOR(0xa0, "^=", "xor"),
  FETCH_ADD(0x01, "+=", "add"),
  FETCH_OR(0x41, "|=", "or"),
  FETCH_AND(0x51, "&=", "and"),
  FETCH_XOR(0xa1, "^=", "xor"),
  XCHG(0xe1, "=", "xchg"),
  CMPXCHG(0xf1, "=", "cmpxchg");

  private final int code;
  private final String symbol;
  private final String mnemonic;

  AtomicOp(int code, String symbol, String mnemonic) {
    this.code = code;
    this.symbol = symbol;
    this.mnemonic = mnemonic;
  }

  /** Value of the immediate field. */
  public int code() {
    return code;
  }

  /** The assignment operator in assembly text. */
  public String symbol() {
    return symbol;
  }

  /** The operation's name without "fetch". */
  public String mnemonic() {
    return mnemonic;
  }

  /**
   * Whether a register receives the old value: r0 for CMPXCHG, the source register for the others.
   */
  public boolean fetches() {
    return (code & 1) != 0;
  }
}
