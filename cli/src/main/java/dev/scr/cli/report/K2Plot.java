package dev.scr.cli.report;

import dev.scr.cli.report.K2Programs.BenchFile;
import dev.scr.cli.report.K2Programs.Program;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/** Slots of results, in percent of what went in, a bar for each program. */
public final class K2Plot {
  private static final int HEIGHT = 560;
  private static final int NARROWEST = 900;
  private static final int BAR_WIDTH = 34;
  private static final int LONGEST_NAME = 24;

  private K2Plot() {}

  /** The plot as PNG; empty where this Java cannot draw text, or there is nothing to show. */
  public static Optional<byte[]> png(List<BenchFile> files) throws IOException {
    System.setProperty("java.awt.headless", "true");
    List<String> names = new ArrayList<>();
    List<Double> ours = new ArrayList<>();
    List<Double> k2 = new ArrayList<>();
    List<Double> merlin = new ArrayList<>();
    for (BenchFile file : files) {
      for (Program program : file.programs()) {
        names.add((names.size() + 1) + " " + shortened(program.name()));
        ours.add(percent(program.slotsAfter(), program.slotsBefore()));
        K2Programs.PublishedRow row = file.published();
        k2.add(row == null ? null : percent(row.k2(), row.clang()));
        merlin.add(row == null ? null : percent(row.merlin(), row.clang()));
      }
    }
    if (names.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          BitmapEncoder.getBitmapBytes(chart(names, ours, k2, merlin), BitmapFormat.PNG));
    } catch (RuntimeException | LinkageError | InternalError e) {
      return Optional.empty();
    }
  }

  private static double percent(int part, int whole) {
    return 100.0 * part / whole;
  }

  private static String shortened(String name) {
    return name.length() > LONGEST_NAME
        ? "…" + name.substring(name.length() - LONGEST_NAME + 1)
        : name;
  }

  private static CategoryChart chart(
      List<String> names, List<Double> ours, List<Double> k2, List<Double> merlin) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(Math.max(NARROWEST, BAR_WIDTH * names.size()))
            .height(HEIGHT)
            .title("Slots, in percent of the original")
            .yAxisTitle("%")
            .theme(Styler.ChartTheme.GGPlot2)
            .build();
    chart.getStyler().setXAxisLabelRotation(90);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideSE);
    chart.addSeries("scr k2", names, ours);
    if (k2.stream().anyMatch(value -> value != null)) {
      chart.addSeries("K2", names, k2);
      chart.addSeries("Merlin", names, merlin);
    }
    return chart;
  }
}
