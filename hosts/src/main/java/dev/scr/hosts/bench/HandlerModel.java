package dev.scr.hosts.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What the comparisons of one program and traffic at several depths say of one engine: {@code ns =
 * d + c1 + items · c2}, by least squares over the depths.
 *
 * <p>At each depth counts the reload that took the least, by its median: other work on the machine
 * only ever adds. {@code c1} and {@code c2} are the handler's, without the prelude, which copies a
 * longer frame where there is more history.
 *
 * @param tNs a packet without history in all, {@code d + c1}
 * @param c1Ns of which in the handler
 * @param c2Ns each history item in the handler
 * @param dNs the path to the handler: the prelude and the loop, for a frame without history
 * @param r2 share of the variance of the handler's cost that the line explains
 */
public record HandlerModel(double tNs, double c1Ns, double c2Ns, double dNs, double r2) {
  /** Which engine a model is of. */
  public enum Side {
    JVM,
    KERNEL
  }

  /** Fits a model to comparisons of at least two different depths. */
  public static HandlerModel of(List<HandlerComparison> comparisons, Side side) {
    CostModel handler = line(comparisons, comparison -> least(comparison, side, true));
    CostModel prelude = line(comparisons, comparison -> least(comparison, side, false));
    return new HandlerModel(
        prelude.c1Ns() + handler.c1Ns(),
        handler.c1Ns(),
        handler.c2Ns(),
        prelude.c1Ns(),
        handler.r2());
  }

  private static CostModel line(
      List<HandlerComparison> comparisons, ToDoubleFunction<HandlerComparison> cost) {
    return CostModel.of(
        comparisons.stream()
            .map(c -> new CostModel.Point(c.measured().depth(), cost.applyAsDouble(c)))
            .toList());
  }

  private static double least(HandlerComparison comparison, Side side, boolean handler) {
    return comparison.loads().stream()
        .map(load -> side == Side.JVM ? load.jvm() : load.kernel())
        .mapToDouble(ns -> handler ? ns.handler() : ns.prelude())
        .min()
        .orElseThrow();
  }
}
