package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.List;

/** Which bounds of an unknown number are stated where two versions go on at a cut point. */
interface Bounding {
  /** The bounds that are seen without a solver. */
  Bounding SEEN = (_, values) -> seen(values);

  /** Bounds as unsigned numbers, both included. */
  record Range(long min, long max) {
    boolean covers(Range that) {
      return Long.compareUnsigned(min, that.min) <= 0 && Long.compareUnsigned(max, that.max) >= 0;
    }
  }

  /**
   * A value that a place has in an arrival.
   *
   * @param known what is known there
   */
  record Value(Term term, Facts known) {}

  /**
   * Bounds that all values have.
   *
   * @param name of the place, the same whenever it is asked about
   */
  Range of(String name, List<Value> values);

  /** Whether paths come back, so that a number may grow by a bit from time to time. */
  default boolean grows() {
    return false;
  }

  /** Whether a place has held a number that grew, which is not to be told in pieces then. */
  default boolean hasGrown(String name, int width) {
    return false;
  }

  /** The bounds of all values together, as far as they are seen without a solver. */
  static Range seen(List<Value> values) {
    long min = -1;
    long max = 0;
    for (Value value : values) {
      long least = value.known.least(value.term);
      long greatest = value.known.greatest(value.term);
      min = Long.compareUnsigned(least, min) < 0 ? least : min;
      max = Long.compareUnsigned(greatest, max) > 0 ? greatest : max;
    }
    return new Range(min, max);
  }

  /** The different numbers that the values are; empty if one of them is not a number. */
  static List<Long> constants(List<Value> values) {
    List<Long> constants = new ArrayList<>();
    for (Value value : values) {
      long least = value.known.least(value.term);
      if (least != value.known.greatest(value.term)) {
        return List.of();
      }
      if (!constants.contains(least)) {
        constants.add(least);
      }
    }
    constants.sort(null);
    return constants;
  }
}
