package dev.scr.softswitch.state;

import dev.scr.softswitch.packet.Bits;
import java.math.BigInteger;

/** What an entry demands of one key field. All numbers are >= 0 and fit the field. */
public sealed interface FieldMatch {

  /** Equal to the value. */
  record Exact(BigInteger value) implements FieldMatch {}

  /** The first {@code prefixLength} bits equal; the other bits of the value are 0. */
  record Lpm(BigInteger value, int prefixLength) implements FieldMatch {}

  /** Equal under the mask; bits of the value outside the mask are 0. */
  record Ternary(BigInteger value, BigInteger mask) implements FieldMatch {}

  /** From low to high, both included. */
  record Range(BigInteger low, BigInteger high) implements FieldMatch {}

  /** A match on everything, for a field of the given kind and width. */
  static FieldMatch any(MatchKind kind, int bits) {
    return switch (kind) {
      case LPM -> new Lpm(BigInteger.ZERO, 0);
      case RANGE -> new Range(BigInteger.ZERO, Bits.mask(bits));
      case TERNARY, OPTIONAL, EXACT, VALID -> new Ternary(BigInteger.ZERO, BigInteger.ZERO);
    };
  }

  /** Whether a field with that value matches; the definition that the index must agree with. */
  default boolean matches(BigInteger field, int bits) {
    return switch (this) {
      case Exact exact -> field.equals(exact.value);
      case Lpm lpm -> field.and(prefixMask(lpm.prefixLength, bits)).equals(lpm.value);
      case Ternary ternary -> field.and(ternary.mask).equals(ternary.value);
      case Range range -> field.compareTo(range.low) >= 0 && field.compareTo(range.high) <= 0;
    };
  }

  /** The mask whose first {@code prefixLength} of {@code bits} bits are set. */
  static BigInteger prefixMask(int prefixLength, int bits) {
    return Bits.mask(bits).xor(Bits.mask(bits - prefixLength));
  }
}
