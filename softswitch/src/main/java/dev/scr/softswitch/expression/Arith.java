package dev.scr.softswitch.expression;

import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.packet.Packet;
import java.math.BigInteger;

/**
 * An expression whose value is a number of any size. The format's arithmetic has infinite
 * precision; only an assignment truncates. Because truncation to at most 64 bits needs the low 64
 * bits only, and those of most results depend only on those of the operands, most programs never
 * touch a {@code BigInteger}.
 */
public sealed interface Arith permits ArithLeaf, ArithNode {

  /** The value modulo 2^64. It is the value itself where {@link #range} fits a {@code long}. */
  long low(Packet packet);

  /** The value where the range does not fit 64 bits. */
  BigInteger wide(Packet packet);

  /** The values that are possible. */
  Range range();

  /** The value. */
  default BigInteger exact(Packet packet) {
    return switch (range().fit()) {
      case SIGNED -> BigInteger.valueOf(low(packet));
      case UNSIGNED -> Bits.unsigned(low(packet));
      case WIDE -> wide(packet);
    };
  }

  /** The value as an index: -1 where it is negative or does not fit an {@code int}. */
  default int index(Packet packet) {
    if (range().fit() == Range.Fit.WIDE) {
      BigInteger value = wide(packet);
      return value.signum() < 0 || value.bitLength() > 31 ? -1 : value.intValue();
    }
    long value = low(packet);
    return value < 0 || value > Integer.MAX_VALUE ? -1 : (int) value;
  }
}
