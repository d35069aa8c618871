package dev.scr.k2.analysis;

import java.util.List;
import java.util.stream.Stream;

/**
 * Which 64-bit numbers a value may be: known bits, an unsigned and a signed interval, and a list if
 * there are only few. A number is possible if all of them allow it. Immutable.
 *
 * @param zeros bits that are 0
 * @param ones bits that are 1
 * @param min smallest, unsigned
 * @param max largest, unsigned
 * @param smin smallest, signed
 * @param smax largest, signed
 * @param values the possible numbers in signed order if they are known one by one, else empty
 */
public record Bounds(
    long zeros, long ones, long min, long max, long smin, long smax, List<Long> values) {
  /** As many numbers are listed at most. */
  private static final int MAX_VALUES = 4;

  /** Any number. */
  public static final Bounds ANY =
      new Bounds(0, 0, 0, -1, Long.MIN_VALUE, Long.MAX_VALUE, List.of());

  /** No number. */
  private static final Bounds NONE = new Bounds(-1, -1, 1, 0, 1, 0, List.of());

  /** One number. */
  public static Bounds of(long value) {
    return new Bounds(~value, value, value, value, value, value, List.of(value));
  }

  /** An unsigned interval. */
  public static Bounds unsigned(long min, long max) {
    return new Bounds(0, 0, min, max, Long.MIN_VALUE, Long.MAX_VALUE, List.of()).tight();
  }

  /** A signed interval. */
  public static Bounds signed(long smin, long smax) {
    return new Bounds(0, 0, 0, -1, smin, smax, List.of()).tight();
  }

  /** Known bits. */
  public static Bounds bits(long zeros, long ones) {
    return new Bounds(zeros, ones, 0, -1, Long.MIN_VALUE, Long.MAX_VALUE, List.of()).tight();
  }

  /** Numbers of so many bits. */
  public static Bounds ofWidth(int bits) {
    return bits >= 64 ? ANY : unsigned(0, (1L << bits) - 1);
  }

  /** Whether only one number is possible. */
  public boolean isConstant() {
    return min == max;
  }

  /** Whether no number is possible: the place cannot be reached. */
  public boolean isEmpty() {
    return Long.compareUnsigned(min, max) > 0 || smin > smax || (zeros & ones) != 0;
  }

  /** Whether a number is possible. */
  public boolean contains(long value) {
    return (value & zeros) == 0
        && (~value & ones) == 0
        && Long.compareUnsigned(min, value) <= 0
        && Long.compareUnsigned(value, max) <= 0
        && smin <= value
        && value <= smax
        && (values.isEmpty() || values.contains(value));
  }

  /** Whether the upper 32 bits are zero. */
  public boolean fitsIn32() {
    return Long.compareUnsigned(max, 0xffff_ffffL) <= 0;
  }

  /** Numbers that both allow. */
  public Bounds meet(Bounds other) {
    long low = unsignedMax(min, other.min);
    long high = unsignedMin(max, other.max);
    long slow = Math.max(smin, other.smin);
    long shigh = Math.min(smax, other.smax);
    Bounds both =
        new Bounds(zeros | other.zeros, ones | other.ones, low, high, slow, shigh, List.of())
            .tight();
    List<Long> listed = values.isEmpty() ? other.values : values;
    return listed.isEmpty() || both.isEmpty()
        ? both
        : of(listed.stream().filter(v -> both.contains(v) && other.contains(v)).toList());
  }

  /** Numbers that one of them allows, and perhaps more. */
  public Bounds join(Bounds other) {
    if (!values.isEmpty() && !other.values.isEmpty()) {
      List<Long> either =
          Stream.concat(values.stream(), other.values.stream()).distinct().sorted().toList();
      if (either.size() <= MAX_VALUES) {
        return of(either);
      }
    }
    return hull(other);
  }

  private Bounds hull(Bounds other) {
    long low = unsignedMin(min, other.min);
    long high = unsignedMax(max, other.max);
    long slow = Math.min(smin, other.smin);
    long shigh = Math.max(smax, other.smax);
    return new Bounds(zeros & other.zeros, ones & other.ones, low, high, slow, shigh, List.of());
  }

  /** Exactly these numbers. */
  static Bounds of(List<Long> listed) {
    if (listed.isEmpty()) {
      return NONE;
    }
    Bounds hull = of(listed.getFirst());
    for (long value : listed) {
      hull = hull.hull(of(value));
    }
    return new Bounds(
        hull.zeros, hull.ones, hull.min, hull.max, hull.smin, hull.smax, List.copyOf(listed));
  }

  /** Carries what each part knows over to the others. */
  Bounds tight() {
    Bounds bounds = this;
    for (int round = 0; round < 3; round++) {
      Bounds next = bounds.carried();
      if (next.equals(bounds) || next.isEmpty()) {
        return next;
      }
      bounds = next;
    }
    return bounds;
  }

  private Bounds carried() {
    // Known bits bound the unsigned interval.
    long low = unsignedMax(min, ones);
    long high = unsignedMin(max, ~zeros);
    // With the same sign at both ends, unsigned and signed order agree.
    long slow = smin;
    long shigh = smax;
    if (low >= 0 == high >= 0 && Long.compareUnsigned(low, high) <= 0) {
      slow = Math.max(slow, low);
      shigh = Math.min(shigh, high);
    }
    if (slow >= 0 == shigh >= 0 && slow <= shigh) {
      low = unsignedMax(low, slow);
      high = unsignedMin(high, shigh);
    }
    // A common prefix of both ends is known.
    long knownZeros = zeros;
    long knownOnes = ones;
    if (Long.compareUnsigned(low, high) <= 0) {
      long differing = low ^ high;
      long prefix = differing == 0 ? -1 : ~(-1L >>> Long.numberOfLeadingZeros(differing));
      knownZeros |= ~low & prefix;
      knownOnes |= low & prefix;
    }
    return new Bounds(knownZeros, knownOnes, low, high, slow, shigh, values);
  }

  static long unsignedMin(long a, long b) {
    return Long.compareUnsigned(a, b) <= 0 ? a : b;
  }

  static long unsignedMax(long a, long b) {
    return Long.compareUnsigned(a, b) >= 0 ? a : b;
  }
}
