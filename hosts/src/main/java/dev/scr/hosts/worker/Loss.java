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

  /**
   * Loses runs of frames, one after another, such that each frame is lost with a probability.
   *
   * @param longest frames of the longest run; every length up to it is as likely
   * @throws IllegalArgumentException if the rate is not in 0..1 or {@code longest} is below 1
   */
  static Loss bursts(double rate, int longest, long seed) {
    if (longest < 1) {
      throw new IllegalArgumentException("loss burst " + longest + " is not 1 or more");
    }
    if (longest == 1 || rate == 0) {
      return random(rate, seed);
    }
    Loss starts = random(startRate(rate, (1 + longest) / 2.0), seed);
    SplittableRandom lengths = new SplittableRandom(~seed);
    int[] left = new int[1];
    return () -> {
      if (left[0] == 0 && starts.losesNext()) {
        left[0] = 1 + lengths.nextInt(longest);
      }
      return left[0] > 0 && left[0]-- > 0;
    };
  }

  /** How often a run has to start where none is on, so that runs of a mean length lose so much. */
  private static double startRate(double rate, double mean) {
    return rate >= 0 && rate < 1 ? 1 / (mean * (1 / rate - 1) + 1) : rate;
  }
}
