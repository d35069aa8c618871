package dev.scr.hosts.bench;

import java.util.List;

/**
 * Least squares of cost over history: {@code ns = c1 + items · c2}.
 *
 * @param c1Ns cost of a packet without history
 * @param c2Ns cost of each history item
 * @param r2 share of the variance that the line explains
 */
public record CostModel(double c1Ns, double c2Ns, double r2) {
  /** A measured cost. */
  public record Point(int items, double ns) {}

  /** The line through points of at least two different depths. */
  public static CostModel of(List<Point> points) {
    double meanX = points.stream().mapToDouble(Point::items).average().orElseThrow();
    double meanY = points.stream().mapToDouble(Point::ns).average().orElseThrow();
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (Point point : points) {
      double x = point.items() - meanX;
      double y = point.ns() - meanY;
      xx += x * x;
      xy += x * y;
      yy += y * y;
    }
    if (xx == 0) {
      throw new IllegalArgumentException("expected two depths or more, found " + points);
    }
    double slope = xy / xx;
    return new CostModel(meanY - slope * meanX, slope, yy == 0 ? 1 : xy * xy / (xx * yy));
  }
}
