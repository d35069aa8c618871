package dev.scr.hosts.worker;

import java.util.SplittableRandom;

/**
 * Decides which frames are lost between sequencer and worker. Confined to the sequencer's thread.
 */
@FunctionalInterface
public interface Loss {
  /** Whether the next frame is lost. */
  boolean losesNext();

  /** Loses nothing. */
  static Loss none() {
    return () -> false;
  }

  /**
   * Loses each frame with a probability.
   *
   * @throws IllegalArgumentException if the rate is not in 0..1
   */
  static Loss random(double rate, long seed) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException("loss rate " + rate + " is not in 0..1");
    }
    SplittableRandom random = new SplittableRandom(seed);
    return () -> random.nextDouble() < rate;
  }
}
