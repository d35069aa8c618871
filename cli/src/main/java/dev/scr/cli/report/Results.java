package dev.scr.cli.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code results.json}; its keys are those of docs/cli.md. What a bench does not measure is null.
 *
 * @param comparisons of engines, for the bench of handlers
 */
public record Results(
    Machine machine, List<Point> points, List<Model> model, List<Comparison> comparisons) {

  /** One figure. {@code measured} is false for what is projected. */
  public record Point(
      String bench,
      String program,
      String strategy,
      String engine,
      String trace,
      int workers,
      int depth,
      boolean measured,
      long packetsPerSecond,
      double nsPerPacket,
      @Nullable Double p50Ns,
      @Nullable Double p99Ns,
      @Nullable Double loss,
      @Nullable Double recovery) {}

  /**
   * Cost over history: {@code c1_ns + depth * c2_ns}; {@code d_ns} is what the path to the handler
   * costs, {@code t_ns} a packet in all.
   */
  public record Model(
      String program,
      String engine,
      String trace,
      @Nullable Double tNs,
      double c1Ns,
      double c2Ns,
      @Nullable Double dNs,
      double r2) {}

  /** The JVM against the kernel for one handler. */
  public record Comparison(
      String program,
      int depth,
      int flows,
      double jvmNs,
      double kernelNs,
      double ratio,
      @Nullable Double ratioError,
      List<Double> loadRatios,
      double jvmPreludeNs,
      double kernelPreludeNs,
      double handlerRatio,
      double bytesPerPacket) {}
}
