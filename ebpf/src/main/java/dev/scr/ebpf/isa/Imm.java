package dev.scr.ebpf.isa;

/**
 * A constant operand.
 *
 * @param value sign-extended to 64 bits before use
 */
public record Imm(int value) implements Operand {
  /** What the unused field of a unary instruction holds. */
  public static final Imm ZERO = new Imm(0);

  @Override
  public String toString() {
    return Integer.toString(value);
  }
}
