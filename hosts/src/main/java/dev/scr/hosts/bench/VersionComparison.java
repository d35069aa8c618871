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
 * @param ratios second over first, for each round
 * @param seed of the resampling
 */
public record VersionComparison(
    String name, String engine, double beforeNs, double afterNs, List<Double> ratios, long seed) {
  private static final int RESAMPLES = 2_000;
  private static final double TAIL = 0.025;

  public VersionComparison {
    ratios = List.copyOf(ratios);
  }

  /** Second over first: the median over rounds; below 1 the second is faster. */
  public double ratio() {
    return Statistics.median(ratios);
  }

  /**
   * What the median would be in 95 of 100 repetitions, as far as the rounds tell: a bootstrap with
   * percentiles. Rounds of one load are more alike than loads are, so it is rather too narrow.
   *
   * @return the lower and the upper bound
   */
  public List<Double> interval() {
    SplittableRandom random = new SplittableRandom(seed);
    List<Double> medians = new ArrayList<>();
    for (int i = 0; i < RESAMPLES; i++) {
      List<Double> drawn = new ArrayList<>();
      for (int j = 0; j < ratios.size(); j++) {
        drawn.add(ratios.get(random.nextInt(ratios.size())));
      }
      medians.add(Statistics.median(drawn));
    }
    List<Double> sorted = medians.stream().sorted().toList();
    int cut = (int) (TAIL * RESAMPLES);
    return List.of(sorted.get(cut), sorted.get(RESAMPLES - 1 - cut));
  }
}
