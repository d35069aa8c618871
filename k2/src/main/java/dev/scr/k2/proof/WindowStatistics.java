package dev.scr.k2.proof;

import java.util.Arrays;

/** How many checks of a window were answered by what, and how long they took. */
public final class WindowStatistics {
  private static final int FIRST_CAPACITY = 1024;

  private long[] nanos = new long[FIRST_CAPACITY];
  private int checks;
  private int byNormalForm;
  private int bySolver;
  private int different;
  private int refused;
  private int unknown;

  void count(WindowVerdict verdict, long duration) {
    addNanos(duration);
    switch (verdict) {
      case WindowVerdict.Equivalent(WindowVerdict.DecidedBy by) -> {
        if (by == WindowVerdict.DecidedBy.SOLVER) {
          bySolver++;
        } else {
          byNormalForm++;
        }
      }
      case WindowVerdict.Different _ -> different++;
      case WindowVerdict.Refused _ -> refused++;
      case WindowVerdict.Unknown _ -> unknown++;
    }
  }

  /** Counts what another one has counted. */
  void add(WindowStatistics other) {
    for (int i = 0; i < other.checks; i++) {
      addNanos(other.nanos[i]);
    }
    byNormalForm += other.byNormalForm;
    bySolver += other.bySolver;
    different += other.different;
    refused += other.refused;
    unknown += other.unknown;
  }

  private void addNanos(long duration) {
    if (checks == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * checks);
    }
    nanos[checks++] = duration;
  }

  /** Time in all checks together. */
  public long totalNanos() {
    return Arrays.stream(nanos, 0, checks).sum();
  }

  /** Number of checks. */
  public int checks() {
    return checks;
  }

  /** Candidates with the same normal form. */
  public int byNormalForm() {
    return byNormalForm;
  }

  /** Candidates that Z3 found equivalent. */
  public int bySolver() {
    return bySolver;
  }

  /** Candidates that are different for some input. */
  public int different() {
    return different;
  }

  /** Candidates that break a rule. */
  public int refused() {
    return refused;
  }

  /** Candidates that the solver gave up on. */
  public int unknown() {
    return unknown;
  }

  /** Time in nanoseconds that this share of the checks did not exceed; 0 without checks. */
  public long percentileNanos(double share) {
    if (checks == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(nanos, checks);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(checks - 1L, Math.round(share * checks))];
  }
}
