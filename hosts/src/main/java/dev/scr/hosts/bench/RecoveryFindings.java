package dev.scr.hosts.bench;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What recovery costs, slice by slice of one trace.
 *
 * @param plan what was measured
 * @param off nanoseconds per packet without recovery and without loss
 * @param on with recovery, without loss
 * @param lossy with recovery and loss
 * @param lost frames that did not reach their worker
 * @param recovered updates that a replica had from a peer
 * @param leftOut packets that no worker received
 * @param joins states that were copied
 * @param equal whether the lossy replicas ended with the sequential program's state
 */
public record RecoveryFindings(
    RecoveryPlan plan,
    List<Double> off,
    List<Double> on,
    List<Double> lossy,
    long lost,
    long recovered,
    long leftOut,
    long joins,
    boolean equal) {
  public RecoveryFindings {
    off = List.copyOf(off);
    on = List.copyOf(on);
    lossy = List.copyOf(lossy);
  }

  /** Throughput with recovery as a share of that without: median over the slices. */
  public double onByOff() {
    return ratio(off, on);
  }

  /** Throughput with recovery and loss as a share of that with recovery alone. */
  public double lossyByOn() {
    return ratio(on, lossy);
  }

  /** Half of the range that the middle half of the slices' ratios {@link #lossyByOn} lie in. */
  public double spread() {
    List<Double> sorted = ratios(on, lossy).stream().sorted().toList();
    return (sorted.get(3 * sorted.size() / 4) - sorted.get(sorted.size() / 4)) / 2;
  }

  /** Median of a list of times. */
  public static double median(List<Double> times) {
    return Statistics.median(times);
  }

  private static double ratio(List<Double> faster, List<Double> slower) {
    return Statistics.median(ratios(faster, slower));
  }

  private static List<Double> ratios(List<Double> faster, List<Double> slower) {
    return IntStream.range(0, faster.size()).mapToObj(i -> faster.get(i) / slower.get(i)).toList();
  }
}
