package dev.scr.k2.analysis;

/**
 * Which numbers the results of operations may be, from which numbers their operands may be: never
 * too few. Shift amounts are below 64.
 */
final class BoundsArithmetic {
  private BoundsArithmetic() {}

  static Bounds sum(Bounds a, Bounds b) {
    // Known bits, as the kernel's tnum_add does.
    long unknownA = ~(a.zeros() | a.ones());
    long unknownB = ~(b.zeros() | b.ones());
    long sumOfOnes = a.ones() + b.ones();
    long carries = (sumOfOnes + unknownA + unknownB) ^ sumOfOnes;
    long unknown = carries | unknownA | unknownB;
    Bounds bounds = Bounds.bits(~sumOfOnes & ~unknown, sumOfOnes & ~unknown);
    long min = a.min() + b.min();
    long max = a.max() + b.max();
    boolean lowWraps = Long.compareUnsigned(min, a.min()) < 0;
    boolean highWraps = Long.compareUnsigned(max, a.max()) < 0;
    if (lowWraps == highWraps) {
      bounds = bounds.meet(Bounds.unsigned(min, max));
    }
    try {
      bounds =
          bounds.meet(
              Bounds.signed(Math.addExact(a.smin(), b.smin()), Math.addExact(a.smax(), b.smax())));
    } catch (ArithmeticException _) {
      // The signed interval may wrap: nothing is known from it.
    }
    return bounds;
  }

  static Bounds difference(Bounds a, Bounds b) {
    Bounds bounds = Bounds.ANY;
    if (Long.compareUnsigned(a.min(), b.max()) >= 0) {
      bounds = Bounds.unsigned(a.min() - b.max(), a.max() - b.min());
    }
    try {
      bounds =
          bounds.meet(
              Bounds.signed(
                  Math.subtractExact(a.smin(), b.smax()), Math.subtractExact(a.smax(), b.smin())));
    } catch (ArithmeticException _) {
      // The signed interval may wrap: nothing is known from it.
    }
    return bounds;
  }

  static Bounds product(Bounds a, Bounds b) {
    return Math.unsignedMultiplyHigh(a.max(), b.max()) == 0
        ? Bounds.unsigned(a.min() * b.min(), a.max() * b.max())
        : Bounds.ANY;
  }

  static Bounds remainder(Bounds a, Bounds b) {
    // A remainder by zero is the dividend.
    boolean divides = b.min() != 0;
    return Bounds.unsigned(0, divides ? Bounds.unsignedMin(a.max(), b.max() - 1) : a.max());
  }

  /** Of what is not larger than another number: quotients, and numbers that are shifted right. */
  static Bounds atMost(Bounds a) {
    return Bounds.unsigned(0, a.max());
  }

  static Bounds and(Bounds a, Bounds b) {
    return Bounds.bits(a.zeros() | b.zeros(), a.ones() & b.ones())
        .meet(Bounds.unsigned(0, Bounds.unsignedMin(a.max(), b.max())));
  }

  static Bounds masked(Bounds a, long mask) {
    return Bounds.bits(a.zeros() | ~mask, a.ones() & mask).meet(atMost(a));
  }

  static Bounds or(Bounds a, Bounds b) {
    return Bounds.bits(a.zeros() & b.zeros(), a.ones() | b.ones());
  }

  static Bounds xor(Bounds a, Bounds b) {
    return Bounds.bits(
        (a.zeros() & b.zeros()) | (a.ones() & b.ones()),
        (a.zeros() & b.ones()) | (a.ones() & b.zeros()));
  }

  static Bounds shiftLeft(Bounds a, int by) {
    Bounds bounds = Bounds.bits(a.zeros() << by | ~(-1L << by), a.ones() << by);
    boolean fits = Long.compareUnsigned(a.max(), -1L >>> by) <= 0;
    return fits ? bounds.meet(Bounds.unsigned(a.min() << by, a.max() << by)) : bounds;
  }

  static Bounds shiftRight(Bounds a, int by) {
    return Bounds.bits(a.zeros() >>> by | ~(-1L >>> by), a.ones() >>> by)
        .meet(Bounds.unsigned(a.min() >>> by, a.max() >>> by));
  }

  static Bounds shiftRightSigned(Bounds a, int by) {
    return Bounds.signed(a.smin() >> by, a.smax() >> by);
  }

  static Bounds reverseBytes(Bounds a) {
    return Bounds.bits(Long.reverseBytes(a.zeros()), Long.reverseBytes(a.ones()));
  }

  /** Of a number of so many bits, with its sign. */
  static Bounds ofSigned(int bits) {
    long end = 1L << (bits - 1);
    return Bounds.signed(-end, end - 1);
  }
}
