package dev.scr.hosts;

import java.util.function.LongConsumer;

/** Runs a property over seeds and says which one broke it; {@code -Dseed=N} runs that one alone. */
public final class Seeds {
  private Seeds() {}

  /** Tries the property with {@code -Dscr.seeds} seeds, 200 by default. */
  public static void forAll(LongConsumer property) {
    forAll(Integer.getInteger("scr.seeds", 200), property);
  }

  /** Tries the property with a number of seeds. */
  public static void forAll(int count, LongConsumer property) {
    Long only = Long.getLong("seed");
    long first = only == null ? System.nanoTime() : only;
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
