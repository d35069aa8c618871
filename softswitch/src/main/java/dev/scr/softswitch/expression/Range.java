package dev.scr.softswitch.expression;

import dev.scr.softswitch.packet.Bits;
import java.math.BigInteger;

/**
 * The interval of values that an expression can have. It decides once, at load time, whether a
 * {@code long} can stand for the value at run time.
 *
 * @param fit how every value is represented exactly
 */
public record Range(BigInteger low, BigInteger high, Fit fit) {

  /** How a value of the range is represented exactly. */
  public enum Fit {
    /** In a {@code long}. */
    SIGNED,
    /** In the 64 bits of a {@code long} read as an unsigned number. */
    UNSIGNED,
    /** Only in a {@code BigInteger}. */
    WIDE
  }

  /** No number in a program is wider than this; beyond it, a range is "anything". */
  private static final int MAX_BITS = 1 << 17;

  private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private static final BigInteger LIMIT = BigInteger.ONE.shiftLeft(MAX_BITS);

  /** Any number at all. */
  public static final Range ANY = new Range(LIMIT.negate(), LIMIT);

  /** 0 and 1. */
  public static final Range BIT = unsigned(1);

  /** One number. */
  public static Range of(BigInteger value) {
    return new Range(value, value);
  }

  /** From {@code low} to {@code high}. */
  public static Range of(long low, long high) {
    return new Range(BigInteger.valueOf(low), BigInteger.valueOf(high));
  }

  /** Unsigned numbers of {@code bits} bits. */
  public static Range unsigned(int bits) {
    return new Range(BigInteger.ZERO, Bits.mask(bits));
  }

  /** Two's complement numbers of {@code bits} bits. */
  public static Range signed(int bits) {
    BigInteger half = BigInteger.ONE.shiftLeft(Math.max(0, bits - 1));
    return new Range(half.negate(), half.subtract(BigInteger.ONE));
  }

  /** From low to high. */
  public Range(BigInteger low, BigInteger high) {
    this(low, high, fit(low, high));
  }

  private static Fit fit(BigInteger low, BigInteger high) {
    if (low.compareTo(LONG_MIN) >= 0 && high.compareTo(LONG_MAX) <= 0) {
      return Fit.SIGNED;
    }
    return low.signum() >= 0 && high.bitLength() <= 64 ? Fit.UNSIGNED : Fit.WIDE;
  }

  /** How values of this and another range are compared with each other. */
  public Fit fitWith(Range other) {
    return union(other).fit();
  }

  /** All values of either. */
  public Range union(Range other) {
    return new Range(low.min(other.low), high.max(other.high));
  }

  /** Whether there is a limit to the values; without one, a product could fill the memory. */
  public boolean bounded() {
    return low.compareTo(LIMIT.negate()) > 0 && high.compareTo(LIMIT) < 0;
  }

  /** Whether no value is negative. */
  public boolean natural() {
    return low.signum() >= 0;
  }

  Range plus(Range other) {
    return capped(low.add(other.low), high.add(other.high));
  }

  Range minus(Range other) {
    return capped(low.subtract(other.high), high.subtract(other.low));
  }

  Range times(Range other) {
    if (low.bitLength() + high.bitLength() + other.low.bitLength() + other.high.bitLength()
        > 2 * MAX_BITS) {
      return ANY;
    }
    BigInteger a = low.multiply(other.low);
    BigInteger b = low.multiply(other.high);
    BigInteger c = high.multiply(other.low);
    BigInteger d = high.multiply(other.high);
    return capped(a.min(b).min(c).min(d), a.max(b).max(c).max(d));
  }

  /** Quotients are never further from 0 than the dividend. */
  Range quotient(Range divisor) {
    BigInteger most = low.abs().max(high.abs());
    return natural() && divisor.natural()
        ? new Range(BigInteger.ZERO, high)
        : capped(most.negate(), most);
  }

  Range remainder(Range divisor) {
    BigInteger most = divisor.low.abs().max(divisor.high.abs());
    return natural() ? new Range(BigInteger.ZERO, most) : capped(most.negate(), most);
  }

  Range and(Range other) {
    if (natural() && other.natural()) {
      return new Range(BigInteger.ZERO, high.min(other.high));
    }
    if (natural()) {
      return new Range(BigInteger.ZERO, high);
    }
    return other.natural() ? new Range(BigInteger.ZERO, other.high) : bitwise(other);
  }

  /** Bound for any bitwise operation: no result has more bits than the widest operand. */
  Range bitwise(Range other) {
    int bits =
        Math.max(
            Math.max(low.bitLength(), high.bitLength()),
            Math.max(other.low.bitLength(), other.high.bitLength()));
    return natural() && other.natural() ? unsigned(bits) : signed(bits + 1);
  }

  Range complement() {
    return new Range(high.not(), low.not());
  }

  Range shiftLeft(Range amount) {
    int bits = Math.max(low.bitLength(), high.bitLength());
    if (amount.high.bitLength() > 31 || bits + amount.high.longValue() > MAX_BITS) {
      return natural() ? new Range(BigInteger.ZERO, LIMIT) : ANY;
    }
    int most = Math.max(0, amount.high.intValue());
    return new Range(
        low.signum() < 0 ? low.shiftLeft(most) : BigInteger.ZERO,
        high.signum() < 0 ? high : high.shiftLeft(most));
  }

  Range shiftRight() {
    return new Range(
        low.signum() < 0 ? low : BigInteger.ZERO,
        high.signum() < 0 ? BigInteger.ONE.negate() : high);
  }

  private static Range capped(BigInteger low, BigInteger high) {
    return new Range(low.max(LIMIT.negate()), high.min(LIMIT));
  }
}
