package dev.scr.controlplane.reconcile;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: twice as long each time, up to a limit, and never quite
 * the same, so that controllers that lost a switch together do not come back together. Owned by one
 * thread.
 */
final class Backoff {
  private final Duration first;
  private final Duration last;
  private final RandomGenerator random;
  private Duration next;

  /** Waits between {@code first} and {@code last}. */
  Backoff(Duration first, Duration last, RandomGenerator random) {
    this.first = first;
    this.last = last;
    this.random = random;
    this.next = first;
  }

  /** The wait from now on, between half of the step and the whole. */
  Duration next() {
    long nanos = next.toNanos();
    next = next.multipliedBy(2).compareTo(last) < 0 ? next.multipliedBy(2) : last;
    return Duration.ofNanos(nanos / 2 + random.nextLong(nanos / 2 + 1));
  }

  /** An attempt has worked. */
  void reset() {
    next = first;
  }
}
