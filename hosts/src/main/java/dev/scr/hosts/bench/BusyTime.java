package dev.scr.hosts.bench;

import dev.scr.linux.machine.Cpus;

/** Work that takes a known time: a chain of multiplications that cannot overlap. */
final class BusyTime {
  private static final int SAMPLES = 15;
  private static final int SAMPLE_STEPS = 400_000;

  private BusyTime() {}

  /** Does so many steps. The answer has to be used, or the steps are not taken. */
  static long steps(long seed, int count) {
    long x = seed;
    for (int i = 0; i < count; i++) {
      x = (x ^ (x >>> 7)) * 0x5851_f42d_4c95_7f2dL;
    }
    return x;
  }

  /** Steps that take so many nanoseconds of the calling thread's processor time. */
  static int stepsFor(int ns) {
    if (ns == 0) {
      return 0;
    }
    // The chain takes what it takes: whatever is more is somebody else's doing.
    double perStep = Double.MAX_VALUE;
    long sink = 1;
    for (int sample = 0; sample < 3 * SAMPLES; sample++) {
      int steps = 40; // as short as it will be used
      long before = Cpus.threadTimeNs();
      for (int i = 0; i < SAMPLE_STEPS / steps; i++) {
        sink = steps(sink, steps);
      }
      long took = Cpus.threadTimeNs() - before;
      if (sample >= 2 * SAMPLES) {
        perStep = Math.min(perStep, (double) took / SAMPLE_STEPS);
      }
    }
    return (int) Math.round(ns / perStep) + (sink == 0 ? 1 : 0);
  }
}
