package dev.scr.hosts.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Two versions of a program on one engine. Times are nanoseconds of processor time per packet,
 * medians over all rounds; what feeds the program and the loop around it are part of both.
 *
 * @param name of the program
 * @param engine that ran both
 * @param beforeNs of the first version
 * @param afterNs of the second version
 * @param ratios second over first, for each round of each load
 * @param seed of the resampling
 */
public record VersionComparison(
    String name,
    String engine,
    double beforeNs,
    double afterNs,
    List<List<Double>> ratios,
    long seed) {
  private static final int RESAMPLES = 2_000;
  private static final double TAIL = 0.025;

  public VersionComparison {
    ratios = ratios.stream().map(List::copyOf).toList();
  }

  /** Second over first: the median over loads of their medians; below 1 the second is faster. */
  public double ratio() {
    return Statistics.median(ofLoads());
  }

  private List<Double> ofLoads() {
    return ratios.stream().map(Statistics::median).toList();
  }

  /**
   * What the ratio would be in 95 of 100 repetitions, as far as the loads tell: a bootstrap with
   * percentiles. Loads are drawn and not rounds, since rounds of one load are more alike than loads
   * are.
   *
   * @return the lower and the upper bound
   */
  public List<Double> interval() {
    SplittableRandom random = new SplittableRandom(seed);
    List<Double> ofLoads = ofLoads();
    List<Double> medians = new ArrayList<>();
    for (int i = 0; i < RESAMPLES; i++) {
      List<Double> drawn = new ArrayList<>();
      for (int j = 0; j < ofLoads.size(); j++) {
        drawn.add(ofLoads.get(random.nextInt(ofLoads.size())));
      }
      medians.add(Statistics.median(drawn));
    }
    List<Double> sorted = medians.stream().sorted().toList();
    int cut = (int) (TAIL * RESAMPLES);
    return List.of(sorted.get(cut), sorted.get(RESAMPLES - 1 - cut));
  }
}
