package dev.scr.hosts.worker;

import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * What goes wrong on purpose, between the sequencer and the verdicts.
 *
 * @param loss which frames are lost
 * @param reorder a frame may come up to this many frames late
 * @param duplicate share of frames that come twice, 0 to 1
 * @param crash chance that a worker loses its state, and the frame in hand, before a frame; 0 to 1
 * @param seed makes reordering, duplicates and crashes again
 */
public record Faults(Loss loss, int reorder, double duplicate, double crash, long seed) {
  public Faults {
    if (reorder < 0) {
      throw new IllegalArgumentException("reorder " + reorder + " is not 0 or more");
    }
    requireShare("duplicate", duplicate);
    requireShare("crash", crash);
  }

  /** Nothing goes wrong. */
  public static Faults none() {
    return of(Loss.none());
  }

  /** Only losses. */
  public static Faults of(Loss loss) {
    return new Faults(loss, 0, 0, 0, 0);
  }

  /** When a worker crashes. For the worker's thread. */
  BooleanSupplier crashes(int worker) {
    if (crash == 0) {
      return () -> false;
    }
    SplittableRandom random = new SplittableRandom(seed + worker).split();
    return () -> random.nextDouble() < crash;
  }

  private static void requireShare(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " rate " + value + " is not in 0..1");
    }
  }
}
