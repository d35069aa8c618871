package dev.scr.hosts.bench;

import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * What recovery costs, slice by slice of one trace.
 *
 * @param plan what was measured
 * @param off without recovery and without loss
 * @param on with recovery, without loss
 * @param lossy with recovery and loss, in the plan's order
 * @param equal whether all replicas without loss ended with the sequential program's state
 */
public record RecoveryFindings(
    RecoveryPlan plan, Series off, Series on, List<Lossy> lossy, boolean equal) {
  public RecoveryFindings {
    lossy = List.copyOf(lossy);
  }

  /** What several rounds of the same plan found, as if it had been one. */
  static RecoveryFindings together(List<RecoveryFindings> rounds) {
    RecoveryFindings first = rounds.getFirst();
    return new RecoveryFindings(
        first.plan,
        Series.together(rounds.stream().map(RecoveryFindings::off).toList()),
        Series.together(rounds.stream().map(RecoveryFindings::on).toList()),
        IntStream.range(0, first.lossy.size())
            .mapToObj(
                i -> Lossy.together(rounds.stream().map(round -> round.lossy.get(i)).toList()))
            .toList(),
        rounds.stream().allMatch(RecoveryFindings::equal));
  }

  /**
   * One rate of loss.
   *
   * @param loss share of the frames that were lost
   * @param series its times
   * @param lost frames that did not reach their worker
   * @param recovered updates that a replica had from a peer
   * @param leftOut packets that no worker received
   * @param joins states that were copied
   * @param waits frames that had to wait for a peer
   * @param pauses how often their workers had nothing else to do meanwhile
   * @param ahead frames that were stated while an earlier one waited
   * @param equal whether all replicas ended with the sequential program's state
   */
  public record Lossy(
      double loss,
      Series series,
      long lost,
      long recovered,
      long leftOut,
      long joins,
      long waits,
      long pauses,
      long ahead,
      boolean equal) {
    private static Lossy together(List<Lossy> rounds) {
      return new Lossy(
          rounds.getFirst().loss,
          Series.together(rounds.stream().map(Lossy::series).toList()),
          sum(rounds, Lossy::lost),
          sum(rounds, Lossy::recovered),
          sum(rounds, Lossy::leftOut),
          sum(rounds, Lossy::joins),
          sum(rounds, Lossy::waits),
          sum(rounds, Lossy::pauses),
          sum(rounds, Lossy::ahead),
          rounds.stream().allMatch(Lossy::equal));
    }

    private static long sum(List<Lossy> rounds, ToLongFunction<Lossy> count) {
      return rounds.stream().mapToLong(count).sum();
    }
  }

  /**
   * One condition.
   *
   * @param wallNs for each slice, from its start to the end of its last worker, per packet
   * @param processorNs for each slice, processor time of all workers, per packet; what a worker
   *     burns while it waits for a peer is in it
   */
  public record Series(List<Double> wallNs, List<Double> processorNs) {
    public Series {
      wallNs = List.copyOf(wallNs);
      processorNs = List.copyOf(processorNs);
    }

    private static Series together(List<Series> rounds) {
      return new Series(
          rounds.stream().flatMap(round -> round.wallNs.stream()).toList(),
          rounds.stream().flatMap(round -> round.processorNs.stream()).toList());
    }

    /** Median of the times on the clock. */
    public double medianWallNs() {
      return Statistics.median(wallNs);
    }
  }

  /** Throughput of a condition as a share of another's: median over the slices. */
  public static double wallShare(Series slower, Series faster) {
    return Statistics.median(ratios(faster.wallNs(), slower.wallNs()));
  }

  /** The same by processor time, which other programs on the machine disturb less. */
  public static double processorShare(Series slower, Series faster) {
    return Statistics.median(ratios(faster.processorNs(), slower.processorNs()));
  }

  private static List<Double> ratios(List<Double> faster, List<Double> slower) {
    return IntStream.range(0, faster.size()).mapToObj(i -> faster.get(i) / slower.get(i)).toList();
  }
}
