package dev.scr.softswitch.expression;

/** The binary arithmetic operations, with their spelling in the format. */
public enum ArithOp {
  /** Sum. */
  ADD("+"),
  /** Difference. */
  SUB("-"),
  /** Product. */
  MUL("*"),
  /** Quotient, truncated; 0 for a division by zero. */
  DIV("/"),
  /** Remainder of the truncated quotient; 0 for a division by zero. */
  MOD("%"),
  /** Shift towards the most significant bit. */
  SHIFT_LEFT("<<"),
  /** Shift towards the least significant bit, rounding down. */
  SHIFT_RIGHT(">>"),
  /** Bitwise and, of two's complement numbers without end. */
  AND("&"),
  /** Bitwise or. */
  OR("|"),
  /** Bitwise exclusive or. */
  XOR("^");

  private final String spelling;

  ArithOp(String spelling) {
    this.spelling = spelling;
  }

  /** The operation's name in the format. */
  public String spelling() {
    return spelling;
  }

  Range range(Range left, Range right) {
    return switch (this) {
      case ADD -> left.plus(right);
      case SUB -> left.minus(right);
      case MUL -> left.times(right);
      case DIV -> left.quotient(right);
      case MOD -> left.remainder(right);
      case SHIFT_LEFT -> left.shiftLeft(right);
      case SHIFT_RIGHT -> left.shiftRight();
      case AND -> left.and(right);
      case OR, XOR -> left.bitwise(right);
    };
  }
}
