package dev.scr.k2.proof;

import dev.scr.ebpf.meaning.BitVectors;

/**
 * The meaning of instructions as text of SMT-LIB 2, without any simplification: a second way from
 * {@link dev.scr.ebpf.meaning.Meaning} to a solver, which does not depend on {@link Terms}.
 */
final class TextBitVectors implements BitVectors<String, String> {
  static final TextBitVectors INSTANCE = new TextBitVectors();

  private TextBitVectors() {}

  private static String apply(String operator, String... args) {
    return "(" + operator + " " + String.join(" ", args) + ")";
  }

  @Override
  public String constant(long value) {
    return "(_ bv" + Long.toUnsignedString(value) + " 64)";
  }

  @Override
  public String add(String a, String b) {
    return apply("bvadd", a, b);
  }

  @Override
  public String subtract(String a, String b) {
    return apply("bvsub", a, b);
  }

  @Override
  public String multiply(String a, String b) {
    return apply("bvmul", a, b);
  }

  @Override
  public String divideUnsigned(String a, String b) {
    return apply("bvudiv", a, b);
  }

  @Override
  public String remainderUnsigned(String a, String b) {
    return apply("bvurem", a, b);
  }

  @Override
  public String divideSigned(String a, String b) {
    return apply("bvsdiv", a, b);
  }

  @Override
  public String remainderSigned(String a, String b) {
    return apply("bvsrem", a, b);
  }

  @Override
  public String and(String a, String b) {
    return apply("bvand", a, b);
  }

  @Override
  public String or(String a, String b) {
    return apply("bvor", a, b);
  }

  @Override
  public String xor(String a, String b) {
    return apply("bvxor", a, b);
  }

  @Override
  public String shiftLeft(String a, String amount) {
    return apply("bvshl", a, amount);
  }

  @Override
  public String shiftRight(String a, String amount) {
    return apply("bvlshr", a, amount);
  }

  @Override
  public String shiftRightSigned(String a, String amount) {
    return apply("bvashr", a, amount);
  }

  @Override
  public String zeroExtend(String a, int bits) {
    return bits == 64 ? a : apply("(_ zero_extend " + (64 - bits) + ")", low(a, bits));
  }

  @Override
  public String signExtend(String a, int bits) {
    return bits == 64 ? a : apply("(_ sign_extend " + (64 - bits) + ")", low(a, bits));
  }

  private static String low(String a, int bits) {
    return apply("(_ extract " + (bits - 1) + " 0)", a);
  }

  @Override
  public String reverseBytes(String a) {
    String[] bytes = new String[8];
    for (int i = 0; i < 8; i++) {
      bytes[i] = apply("(_ extract " + (8 * i + 7) + " " + 8 * i + ")", a);
    }
    return apply("concat", bytes);
  }

  @Override
  public String equal(String a, String b) {
    return apply("=", a, b);
  }

  @Override
  public String lessUnsigned(String a, String b) {
    return apply("bvult", a, b);
  }

  @Override
  public String lessSigned(String a, String b) {
    return apply("bvslt", a, b);
  }

  @Override
  public String not(String c) {
    return apply("not", c);
  }

  @Override
  public String choose(String c, String then, String otherwise) {
    return apply("ite", c, then, otherwise);
  }
}
