package dev.scr.ebpf.isa;

/**
 * The two widths in which arithmetic and comparisons exist. A 32-bit result clears the upper half
 * of its register.
 */
public enum Width {
  W32(32, 'w'),
  W64(64, 'r');

  private final int bits;
  private final char prefix;

  Width(int bits, char prefix) {
    this.bits = bits;
    this.prefix = prefix;
  }

  /** Number of bits that take part. */
  public int bits() {
    return bits;
  }

  /** The letter in front of a register number: {@code w3} is the lower half of {@code r3}. */
  public char prefix() {
    return prefix;
  }
}
