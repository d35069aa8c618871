package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Reg;

/** What is known about a 64-bit value where a window begins. */
public sealed interface ValueFact {
  /**
   * There is no value: the verifier would refuse a read, so a candidate that reads it is refused.
   */
  record Unusable() implements ValueFact {}

  /**
   * A number.
   *
   * @param bits the known bits; zero where {@code unknown} has a one
   * @param unknown ones where the bit is not known
   * @param unsignedMin least value as an unsigned number
   * @param unsignedMax greatest value as an unsigned number
   * @param signedMin least value as a signed number
   * @param signedMax greatest value as a signed number
   */
  record Scalar(
      long bits, long unknown, long unsignedMin, long unsignedMax, long signedMin, long signedMax)
      implements ValueFact {
    /** Nothing is known but that it is a number. */
    public static final Scalar ANY = new Scalar(0, -1, 0, -1, Long.MIN_VALUE, Long.MAX_VALUE);

    /** Exactly this number. */
    public static Scalar constant(long value) {
      return new Scalar(value, 0, value, value, value, value);
    }

    /** A number whose known bits are these, without further bounds. */
    public static Scalar knownBits(long bits, long unknown) {
      return new Scalar(bits, unknown, 0, -1, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** A number between two bounds, as unsigned numbers. */
    public static Scalar range(long unsignedMin, long unsignedMax) {
      return new Scalar(0, -1, unsignedMin, unsignedMax, Long.MIN_VALUE, Long.MAX_VALUE);
    }
  }

  /** The region's address plus a constant. */
  record Pointer(Region region, long offset) implements ValueFact {}

  /** The region's address plus an unknown number. */
  record VariablePointer(Region region, Scalar offset) implements ValueFact {}

  /** The same value as in a register with a lower number, whatever it is. */
  record SameAs(Reg register) implements ValueFact {}
}
