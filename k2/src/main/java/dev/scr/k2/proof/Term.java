package dev.scr.k2.proof;

import java.util.Arrays;
import java.util.List;

/**
 * A bit-vector of 1 to 64 bits or, with width 0, a condition. Terms of one {@link Terms} are
 * hash-consed: equal terms are the same object. Immutable.
 */
final class Term {
  /** What a term is. */
  enum Op {
    /** A number: {@code value}. */
    CONSTANT,
    /** An unknown value: {@code name}. */
    SYMBOL,
    /** An unknown function {@code name} of the arguments. */
    APPLY,
    /** Arguments side by side, the highest bits first. */
    CONCAT,
    /** {@code width} bits of the argument, from bit {@code value} on. */
    EXTRACT,
    /** The argument with copies of its sign in front. */
    SIGN_EXTEND,
    /** Sum of the arguments times {@code factors}, plus {@code value}. */
    SUM,
    MULTIPLY,
    DIVIDE_UNSIGNED,
    REMAINDER_UNSIGNED,
    DIVIDE_SIGNED,
    REMAINDER_SIGNED,
    AND,
    OR,
    XOR,
    SHIFT_LEFT,
    SHIFT_RIGHT,
    SHIFT_RIGHT_SIGNED,
    /** The second argument if the first (a condition) holds, else the third. */
    CHOOSE,
    /** Condition: always. */
    TRUE,
    /** Condition: never. */
    FALSE,
    EQUAL,
    LESS_UNSIGNED,
    LESS_SIGNED,
    NOT,
    /** Condition: all arguments hold. */
    ALL
  }

  private static final long[] NO_FACTORS = {};

  final Op op;
  final int width;
  final long value;
  final String name;
  final Term[] args;
  final long[] factors;
  private final int shape;

  /** Position in the order of creation; set when the term is interned. */
  int id;

  /** Bits that are zero for every input. */
  long zeros;

  /** Least value for any input, unsigned. */
  long min;

  /** Greatest value for any input, unsigned. */
  long max;

  Term(Op op, int width, long value, String name, long[] factors, Term... args) {
    this.op = op;
    this.width = width;
    this.value = value;
    this.name = name;
    this.args = args;
    this.factors = factors;
    int h = (op.name().hashCode() * 31 + width) * 31 + Long.hashCode(value);
    h = h * 31 + name.hashCode();
    h = h * 31 + Arrays.hashCode(factors);
    for (Term arg : args) {
      h = h * 31 + arg.id;
    }
    this.shape = h;
  }

  Term(Op op, int width, long value, Term... args) {
    this(op, width, value, "", NO_FACTORS, args);
  }

  Term arg(int index) {
    return args[index];
  }

  boolean isConstant() {
    return op == Op.CONSTANT;
  }

  boolean isConstant(long number) {
    return op == Op.CONSTANT && value == number;
  }

  boolean isCondition() {
    return width == 0;
  }

  /** Ones in all bits of the term. */
  long mask() {
    return mask(width);
  }

  static long mask(int bits) {
    return bits == 64 ? -1 : (1L << bits) - 1;
  }

  /** The constant as a signed number of the term's width. */
  long signedValue() {
    return value << (64 - width) >> (64 - width);
  }

  List<Term> arguments() {
    return List.of(args);
  }

  /** Hash of what the term says; the object's own hash is its identity. */
  int shape() {
    return shape;
  }

  /** Whether the other term says the same; both have interned arguments. */
  boolean hasShapeOf(Term that) {
    if (shape != that.shape
        || op != that.op
        || width != that.width
        || value != that.value
        || args.length != that.args.length
        || !name.equals(that.name)) {
      return false;
    }
    for (int i = 0; i < args.length; i++) {
      if (args[i] != that.args[i]) {
        return false;
      }
    }
    return Arrays.equals(factors, that.factors);
  }

  @Override
  public String toString() {
    return TermText.of(this);
  }
}
