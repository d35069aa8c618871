package dev.scr.hosts.bench;

import java.util.Arrays;

/**
 * How much of its core each worker had, by its {@link Yardstick}: what that takes when nothing is
 * known to be beside it, over what it takes now. What a number of workers always do to each other
 * is a share below 1, to be reported; what they do not always suffer comes from elsewhere, from
 * another machine on the same host for example, and is a disturbance. Used by one thread.
 */
final class CoreShares {
  /** A yardstick that takes so much longer than at its best is disturbed. */
  private static final double TOLERATED = 1.15;

  /** The shortest times, by the number of workers that ran at once and the worker. */
  private final double[][] best;

  CoreShares(int cores) {
    best = new double[cores + 1][cores];
    Arrays.stream(best).forEach(row -> Arrays.fill(row, Double.POSITIVE_INFINITY));
  }

  /**
   * Takes note of yardsticks.
   *
   * @param ns by worker; 0 for those that did not run
   */
  void saw(double[] ns) {
    double[] shortest = best[active(ns)];
    for (int worker = 0; worker < ns.length; worker++) {
      if (ns[worker] > 0) {
        shortest[worker] = Math.min(shortest[worker], ns[worker]);
      }
    }
  }

  /** Whether a worker had less of its core than so many workers leave each other. */
  boolean disturbed(double[] ns) {
    double[] shortest = best[active(ns)];
    for (int worker = 0; worker < ns.length; worker++) {
      if (ns[worker] > TOLERATED * shortest[worker]) {
        return true;
      }
    }
    return false;
  }

  /** The mean share of those that ran, 0 to 1. */
  double share(double[] ns) {
    double sum = 0;
    for (int worker = 0; worker < ns.length; worker++) {
      if (ns[worker] > 0) {
        sum += Math.min(1, best[1][worker] / ns[worker]);
      }
    }
    return sum / active(ns);
  }

  private static int active(double[] ns) {
    return (int) Arrays.stream(ns).filter(each -> each > 0).count();
  }
}
