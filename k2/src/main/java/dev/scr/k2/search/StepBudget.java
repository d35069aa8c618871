package dev.scr.k2.search;

/**
 * Counts the steps of an enumeration, and says when there have been enough. Owned by one thread.
 */
final class StepBudget {
  private final long limit;
  private long spent;
  private boolean exhausted;

  StepBudget(long limit) {
    this.limit = limit;
  }

  void spend() {
    spent++;
  }

  /** Ends the enumeration if more was spent than there is. */
  boolean endIfOverdrawn() {
    exhausted |= spent > limit;
    return exhausted;
  }

  long spent() {
    return spent;
  }

  boolean isExhausted() {
    return exhausted;
  }
}
