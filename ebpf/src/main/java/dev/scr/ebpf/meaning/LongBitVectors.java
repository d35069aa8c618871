package dev.scr.ebpf.meaning;

/** The concrete algebra: the reference that the other executions are compared with. */
public final class LongBitVectors implements BitVectors<Long, Boolean> {
  /** The algebra has no state. */
  public static final LongBitVectors INSTANCE = new LongBitVectors();

  private LongBitVectors() {}

  @Override
  public Long constant(long value) {
    return value;
  }

  @Override
  public Long add(Long a, Long b) {
    return a + b;
  }

  @Override
  public Long subtract(Long a, Long b) {
    return a - b;
  }

  @Override
  public Long multiply(Long a, Long b) {
    return a * b;
  }

  @Override
  public Long divideUnsigned(Long a, Long b) {
    return b == 0 ? 0 : Long.divideUnsigned(a, b);
  }

  @Override
  public Long remainderUnsigned(Long a, Long b) {
    return b == 0 ? 0 : Long.remainderUnsigned(a, b);
  }

  @Override
  public Long divideSigned(Long a, Long b) {
    return b == 0 ? 0 : a / b;
  }

  @Override
  public Long remainderSigned(Long a, Long b) {
    return b == 0 ? 0 : a % b;
  }

  @Override
  public Long and(Long a, Long b) {
    return a & b;
  }

  @Override
  public Long or(Long a, Long b) {
    return a | b;
  }

  @Override
  public Long xor(Long a, Long b) {
    return a ^ b;
  }

  @Override
  public Long shiftLeft(Long a, Long amount) {
    return a << amount;
  }

  @Override
  public Long shiftRight(Long a, Long amount) {
    return a >>> amount;
  }

  @Override
  public Long shiftRightSigned(Long a, Long amount) {
    return a >> amount;
  }

  @Override
  public Long zeroExtend(Long a, int bits) {
    return bits == 64 ? a : a & ((1L << bits) - 1);
  }

  @Override
  public Long signExtend(Long a, int bits) {
    return a << (64 - bits) >> (64 - bits);
  }

  @Override
  public Long reverseBytes(Long a) {
    return Long.reverseBytes(a);
  }

  @Override
  public Boolean equal(Long a, Long b) {
    return a.longValue() == b.longValue();
  }

  @Override
  public Boolean lessUnsigned(Long a, Long b) {
    return Long.compareUnsigned(a, b) < 0;
  }

  @Override
  public Boolean lessSigned(Long a, Long b) {
    return a < b;
  }

  @Override
  public Boolean not(Boolean c) {
    return !c;
  }

  @Override
  public Long choose(Boolean c, Long then, Long otherwise) {
    return c ? then : otherwise;
  }
}
