package dev.scr.hosts;

import java.util.function.LongConsumer;

/**
 * Runs a property over seeds and says which one broke it; {@code -Dseed=N} runs that one alone. The
 * first seed is {@code -Dscr.seed}: the same in every build, so that a build fails by what has
 * changed in it, and another one every night.
 */
public final class Seeds {
  private static final int USUAL = 200;

  private Seeds() {}

  /** Tries the property with {@code -Dscr.seeds} seeds, 200 by default. */
  public static void forAll(LongConsumer property) {
    forAll(USUAL, property);
  }

  /**
   * Tries the property with so many seeds by default, and in proportion with {@code -Dscr.seeds}.
   */
  public static void forAll(int usual, LongConsumer property) {
    int count = Math.max(1, (int) ((long) usual * Integer.getInteger("scr.seeds", USUAL) / USUAL));
    Long only = Long.getLong("seed");
    long first = only == null ? Long.getLong("scr.seed", 20260101) : only;
    System.out.printf("seeds %d .. %d%n", first, only == null ? first + count - 1 : only);
    for (long seed = first; seed < first + (only == null ? count : 1); seed++) {
      try {
        property.accept(seed);
      } catch (Throwable failure) {
        throw new AssertionError("fails with -Dseed=" + seed, failure);
      }
    }
  }
}
