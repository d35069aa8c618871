package dev.scr.hosts.bench;

import dev.scr.hosts.bench.ThroughputPlan.Effort;
import org.jspecify.annotations.Nullable;

/**
 * The highest rate without loss, by halving (RFC 2544, section 26.1): as many trials as planned,
 * and more while none is without loss. A trial with loss in which something else had a part of a
 * core is repeated a few times.
 */
final class LossFreeRate {
  /** The lowest rate that is offered, as a part of the saturated one. */
  static final int LOWEST_OFFER = 1_000;

  private static final double HIGHEST_OFFER = 1.1;
  private static final int TRIES = 4;

  private final Sampling team;
  private final Contestant contestant;
  private final Effort effort;

  private LossFreeRate(Sampling team, Contestant contestant, Effort effort) {
    this.team = team;
    this.contestant = contestant;
    this.effort = effort;
  }

  /**
   * Searches.
   *
   * @param saturated packets per second that the contestant takes as fast as it can
   * @return packets per second of all workers together; null if there is no such rate
   */
  static @Nullable Double search(
      Sampling team, Contestant contestant, double saturated, Effort effort)
      throws InterruptedException {
    return new LossFreeRate(team, contestant, effort).below(saturated);
  }

  private @Nullable Double below(double saturated) throws InterruptedException {
    double good = 0;
    double bad = HIGHEST_OFFER * saturated;
    double lowest = saturated / LOWEST_OFFER;
    for (int trial = 0; trial < effort.trials() || (good == 0 && bad > lowest); trial++) {
      double rate = (good + bad) / 2;
      if (loses(rate)) {
        bad = rate;
      } else {
        good = rate;
      }
    }
    return good == 0 ? null : good;
  }

  private boolean loses(double rate) throws InterruptedException {
    for (int left = TRIES; left > 0; left--) {
      Team.Trial trial = team.offer(contestant.loops(), contestant.lanes(), rate, effort.trialMs());
      if (trial.lost() == 0) {
        return false;
      }
      if (!trial.disturbed()) {
        return true;
      }
    }
    return true;
  }
}
