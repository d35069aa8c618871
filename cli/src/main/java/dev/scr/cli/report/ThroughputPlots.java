package dev.scr.cli.report;

import dev.scr.hosts.bench.ThroughputFindings;
import dev.scr.hosts.bench.ThroughputFindings.Model;
import dev.scr.hosts.bench.ThroughputFindings.Point;
import dev.scr.hosts.bench.ThroughputFindings.Setting;
import dev.scr.hosts.strategy.Strategy;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of the bench of throughput, as SVG. */
final class ThroughputPlots {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 320;
  private static final int WIDE = 940;

  /** A tenth of a pixel is enough; text is drawn as outlines, with many of these numbers. */
  private static final Pattern MORE_DIGITS = Pattern.compile("(\\.\\d)\\d+");

  private ThroughputPlots() {}

  /** By the name of the file; empty where this Java cannot draw text, for lack of fonts. */
  static Map<String, byte[]> all(ThroughputFindings findings) throws IOException {
    System.setProperty("java.awt.headless", "true");
    Map<String, byte[]> plots = new LinkedHashMap<>();
    try {
      for (Setting setting : settings(findings)) {
        plots.put(throughputFile(setting), svg(throughput(findings, setting)));
      }
      for (String dispatch : dispatches(findings)) {
        plots.put(historyFile(dispatch), svg(history(findings, dispatch)));
        Optional<CategoryChart> latency = latency(findings, dispatch);
        if (latency.isPresent()) {
          plots.put(latencyFile(dispatch), svg(latency.get()));
        }
      }
      return plots;
    } catch (RuntimeException | LinkageError | InternalError e) {
      return Map.of();
    }
  }

  static List<Setting> settings(ThroughputFindings findings) {
    return findings.models().stream().map(Model::setting).toList();
  }

  static List<String> dispatches(ThroughputFindings findings) {
    return settings(findings).stream().map(Setting::dispatch).distinct().toList();
  }

  static String throughputFile(Setting setting) {
    return file("throughput", setting.program().programName(), setting.trace(), setting.dispatch());
  }

  static String historyFile(String dispatch) {
    return file("history", dispatch);
  }

  static String latencyFile(String dispatch) {
    return file("latency", dispatch);
  }

  private static String file(String... parts) {
    return String.join("-", parts).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".svg";
  }

  /** Packets per second over workers: solid is measured, dashed is projected. */
  private static XYChart throughput(ThroughputFindings findings, Setting setting) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(setting.program().programName() + ", " + setting.trace())
            .xAxisTitle("workers")
            .yAxisTitle("million packets per second")
            .theme(Styler.ChartTheme.GGPlot2)
            .build();
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    for (Strategy strategy : Strategy.values()) {
      List<Point> points =
          findings.points().stream()
              .filter(p -> p.setting().equals(setting) && p.strategy() == strategy)
              .toList();
      List<Point> measured = points.stream().filter(Point::measured).toList();
      List<Point> projected = new ArrayList<>(points);
      projected.removeAll(measured);
      if (!measured.isEmpty()) {
        line(chart, strategy, strategy.strategyName(), measured, false);
      }
      if (!projected.isEmpty()) {
        if (!measured.isEmpty()) {
          projected.addFirst(measured.getLast());
        }
        line(chart, strategy, strategy.strategyName() + ", projected", projected, true);
      }
    }
    return chart;
  }

  private static void line(
      XYChart chart, Strategy strategy, String name, List<Point> points, boolean projected) {
    XYSeries series =
        chart.addSeries(
            name,
            points.stream().mapToDouble(Point::workers).toArray(),
            points.stream().mapToDouble(p -> p.packetsPerSecond() / 1e6).toArray());
    series.setLineColor(color(strategy));
    series.setMarkerColor(color(strategy));
    series.setMarker(projected ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
    series.setLineStyle(
        projected
            ? new BasicStroke(
                1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10f, new float[] {5, 4}, 0)
            : new BasicStroke(2f));
    series.setShowInLegend(!projected);
  }

  private static Color color(Strategy strategy) {
    return switch (strategy) {
      case SCR -> new Color(0xd6, 0x27, 0x28);
      case SEQUENTIAL -> new Color(0x55, 0x55, 0x55);
      case SHARED_ATOMIC -> new Color(0xff, 0x7f, 0x0e);
      case SHARED_LOCK -> new Color(0x8c, 0x56, 0x4b);
      case SHARDED -> new Color(0x1f, 0x77, 0xb4);
      case REBALANCED -> new Color(0x2c, 0xa0, 0x2c);
    };
  }

  /** What a history item costs. */
  private static CategoryChart history(ThroughputFindings findings, String dispatch) {
    CategoryChart chart = bars("Cost of a history item, c2: " + dispatch, "ns");
    List<Model> here =
        findings.models().stream().filter(m -> m.setting().dispatch().equals(dispatch)).toList();
    for (String trace : here.stream().map(m -> m.setting().trace()).distinct().toList()) {
      List<Model> ofTrace = here.stream().filter(m -> m.setting().trace().equals(trace)).toList();
      chart.addSeries(
          trace,
          ofTrace.stream().map(m -> m.setting().program().programName()).toList(),
          ofTrace.stream().map(Model::c2Ns).toList());
    }
    return chart;
  }

  /** Times of measured points on the first trace, where there are any. */
  private static Optional<CategoryChart> latency(ThroughputFindings findings, String dispatch) {
    List<Point> here =
        findings.points().stream()
            .filter(p -> p.p50Ns() != null && p.setting().dispatch().equals(dispatch))
            .toList();
    if (here.isEmpty()) {
      return Optional.empty();
    }
    String trace = here.getFirst().setting().trace();
    List<String> programs =
        here.stream().map(p -> p.setting().program().programName()).distinct().toList();
    CategoryChart chart =
        bars("Median time from arrival to verdict on " + trace + ": " + dispatch, "µs");
    for (Strategy strategy : Strategy.values()) {
      for (int workers : here.stream().map(Point::workers).distinct().toList()) {
        List<Double> values =
            programs.stream()
                .map(program ->
                    here.stream()
                        .filter(p ->
                            p.setting().program().programName().equals(program)
                                && p.setting().trace().equals(trace)
                                && p.strategy() == strategy
                                && p.workers() == workers)
                        .map(p -> p.p50Ns() == null ? 0.0 : p.p50Ns() / 1e3)
                        .findFirst()
                        .orElse(0.0))
                .toList();
        if (values.stream().anyMatch(v -> v > 0)) {
          chart.addSeries(strategy.strategyName() + " × " + workers, programs, values);
        }
      }
    }
    return Optional.of(chart);
  }

  private static CategoryChart bars(String title, String unit) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDE)
            .height(HEIGHT)
            .title(title)
            .yAxisTitle(unit)
            .theme(Styler.ChartTheme.GGPlot2)
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    return chart;
  }

  private static byte[] svg(Chart<?, ?> chart) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(chart, out, VectorGraphicsFormat.SVG);
    String text = out.toString(StandardCharsets.UTF_8);
    return MORE_DIGITS.matcher(text).replaceAll("$1").getBytes(StandardCharsets.UTF_8);
  }
}
