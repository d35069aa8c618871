package dev.scr.hosts.bench;

import java.util.List;

/**
 * The same program, fed by the same instructions, on the JVM and in the kernel. Times are
 * nanoseconds of processor time per packet, medians over all rounds.
 *
 * @param measured what was compared
 * @param jvmNs on the JVM, the prelude and the loop included
 * @param kernelNs in the kernel, the prelude and the test run's loop included
 * @param jvmPreludeNs the prelude and the loop alone, on the JVM
 * @param kernelPreludeNs the prelude and the test run's loop alone, in the kernel
 * @param loadRatios for each reload, the median over its rounds of JVM over kernel
 * @param loads for each reload, its medians
 * @param bytesPerPacket allocated on the Java heap
 */
public record HandlerComparison(
    HandlerCase measured,
    double jvmNs,
    double kernelNs,
    double jvmPreludeNs,
    double kernelPreludeNs,
    List<Double> loadRatios,
    List<Load> loads,
    double bytesPerPacket) {
  public HandlerComparison {
    loadRatios = List.copyOf(loadRatios);
    loads = List.copyOf(loads);
  }

  /** The medians of one reload. */
  public record Load(Cost jvm, Cost kernel) {}

  /**
   * Nanoseconds per packet.
   *
   * @param handler the handler alone
   * @param prelude the prelude and the loop alone
   */
  public record Cost(double handler, double prelude) {
    static Cost of(List<Double> all, List<Double> preludes) {
      double prelude = Statistics.median(preludes);
      return new Cost(Statistics.median(all) - prelude, prelude);
    }
  }

  /** JVM over kernel: the median over reloads. */
  public double ratio() {
    return Statistics.median(loadRatios);
  }

  /** Standard error of the mean ratio, from the spread between reloads. */
  public double ratioError() {
    return Statistics.standardError(loadRatios);
  }

  /** JVM over kernel for the handler alone, without prelude and loop. */
  public double handlerRatio() {
    return (jvmNs - jvmPreludeNs) / (kernelNs - kernelPreludeNs);
  }
}
