package dev.scr.ebpf.isa;

/**
 * Byte order conversions, RFC 9669 section 4.2. {@code LE} and {@code BE} convert between host
 * (little-endian here) and the named order; {@code BSWAP} always swaps. All clear the bits above
 * their width.
 */
public enum SwapOp {
  LE16(Kind.LE, 16),
  LE32(Kind.LE, 32),
  LE64(Kind.LE, 64),
  BE16(Kind.BE, 16),
  BE32(Kind.BE, 32),
  BE64(Kind.BE, 64),
  BSWAP16(Kind.BSWAP, 16),
  BSWAP32(Kind.BSWAP, 32),
  BSWAP64(Kind.BSWAP, 64);

  /** Which conversion; the opcode byte. */
  public enum Kind {
    LE(0xd4),
    BE(0xdc),
    BSWAP(0xd7);

    private final int opcode;

    Kind(int opcode) {
      this.opcode = opcode;
    }

    /** The whole opcode byte. */
    public int opcode() {
      return opcode;
    }
  }

  private final Kind kind;
  private final int bits;

  SwapOp(Kind kind, int bits) {
    this.kind = kind;
    this.bits = bits;
  }

  /** Which conversion. */
  public Kind kind() {
    return kind;
  }

  /** Width in bits; the immediate field. */
  public int bits() {
    return bits;
  }

  /** The name in assembly text. */
  public String symbol() {
    return kind.name().toLowerCase(java.util.Locale.ROOT) + bits;
  }
}
