package dev.scr.hosts.bench;

import dev.scr.hosts.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that is measured once in every round.
 *
 * @param role what it is for
 * @param strategy how it keeps state
 * @param workers how many workers the packets were dealt out to, all of which run or one for all
 * @param loops who runs
 * @param lanes what each receives
 * @param samples what was measured, round by round
 */
record Contestant(
    Role role,
    Strategy strategy,
    int workers,
    List<WorkerLoop> loops,
    List<Lane> lanes,
    List<Team.Sample> samples) {
  /** What a contestant is for. */
  enum Role {
    /** All workers at once: a measured point. */
    TOGETHER,
    /** The worker with most to do, alone: interference, and points beyond the cores. */
    ALONE,
    /** One replica on the trace that the model is fitted on. */
    FITTED,
    /** A program that does nothing. */
    IDLE
  }

  static Contestant of(
      Role role, Strategy strategy, int workers, List<WorkerLoop> loops, List<Lane> lanes) {
    return new Contestant(role, strategy, workers, loops, lanes, new ArrayList<>());
  }

  /** Processor time for each packet, the mean over all packets; the median over rounds. */
  double nsPerPacket() {
    return Statistics.median(samples.stream().map(this::meanNs).toList());
  }

  /** The same in one round. */
  double meanNs(Team.Sample sample) {
    double sum = 0;
    double shares = 0;
    for (int i = 0; i < lanes.size(); i++) {
      sum += lanes.get(i).share() * sample.processor()[i];
      shares += lanes.get(i).share();
    }
    return sum / shares;
  }

  /** How much of its core a worker had, the mean over workers; the median over rounds. */
  double coreShare(Team team) {
    return Statistics.median(samples.stream().map(team::share).toList());
  }

  /** Packets per second of all workers together, such that nobody receives more than it can do. */
  double perSecond(boolean onTheWall) {
    return Statistics.median(
        samples.stream()
            .map(sample -> slowest(onTheWall ? sample.wall() : sample.processor()))
            .toList());
  }

  private double slowest(double[] ns) {
    double least = Double.MAX_VALUE;
    for (int i = 0; i < lanes.size(); i++) {
      if (lanes.get(i).size() > 0) {
        least = Math.min(least, 1e9 / ns[i] / lanes.get(i).share());
      }
    }
    return least;
  }
}
