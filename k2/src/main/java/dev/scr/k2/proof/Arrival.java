package dev.scr.k2.proof;

import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Both versions at a cut point, and what is known of the first one's path to it.
 *
 * @param firstReturns lines of the first version where the callers of the function go on in which
 *     it is, the last one first
 * @param secondReturns the same of the second version
 */
record Arrival(
    PathState first, PathState second, List<Integer> firstReturns, List<Integer> secondReturns) {
  static Arrival of(PathState first, PathState second) {
    return new Arrival(first, second, first.returns(), second.returns());
  }

  /** The same with other names for lines. */
  Arrival renamed(IntUnaryOperator ofFirst, IntUnaryOperator ofSecond) {
    return new Arrival(
        first,
        second,
        firstReturns.stream().map(ofFirst::applyAsInt).toList(),
        secondReturns.stream().map(ofSecond::applyAsInt).toList());
  }
}
