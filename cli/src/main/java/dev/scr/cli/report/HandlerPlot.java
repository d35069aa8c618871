package dev.scr.cli.report;

import dev.scr.hosts.bench.HandlerComparison;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** Cost over history, a line per engine and series. */
final class HandlerPlot {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 520;

  private HandlerPlot() {}

  /**
   * The plot as PNG; empty where this Java cannot draw text, for lack of fonts or their library.
   */
  static Optional<byte[]> png(Map<String, List<HandlerComparison>> series) throws IOException {
    System.setProperty("java.awt.headless", "true");
    try {
      return Optional.of(BitmapEncoder.getBitmapBytes(chart(series), BitmapFormat.PNG));
    } catch (RuntimeException | LinkageError | InternalError e) {
      return Optional.empty();
    }
  }

  private static XYChart chart(Map<String, List<HandlerComparison>> series) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Processor time per packet")
            .xAxisTitle("history items")
            .yAxisTitle("ns per packet, test loop included")
            .theme(Styler.ChartTheme.GGPlot2)
            .build();
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    series.forEach((name, comparisons) -> {
      double[] depths = comparisons.stream().mapToDouble(c -> c.measured().depth()).toArray();
      chart.addSeries(
          name + ", kernel",
          depths,
          comparisons.stream().mapToDouble(HandlerComparison::kernelNs).toArray());
      chart.addSeries(
          name + ", JVM",
          depths,
          comparisons.stream().mapToDouble(HandlerComparison::jvmNs).toArray());
    });
    return chart;
  }
}
