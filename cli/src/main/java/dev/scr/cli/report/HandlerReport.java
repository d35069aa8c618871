package dev.scr.cli.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.scr.hosts.bench.HandlerBenchmark;
import dev.scr.hosts.bench.HandlerCase;
import dev.scr.hosts.bench.HandlerComparison;
import dev.scr.hosts.bench.HandlerModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The bench of handlers, for scripts and for people. */
public final class HandlerReport {
  /** Columns for people. */
  public static final List<String> HEADER =
      List.of(
          "program",
          "#history items",
          "#flows",
          "#JVM ns",
          "#kernel ns",
          "#ratio",
          "#± se",
          "#handler alone",
          "#bytes/packet");

  /** Columns of the models, for people. */
  public static final List<String> MODEL_HEADER =
      List.of("program", "trace", "engine", "#t ns", "#c1 ns", "#c2 ns", "#d ns", "#r²");

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final Machine machine;
  private final HandlerBenchmark benchmark;
  private final List<HandlerComparison> comparisons;

  /** A report of what a benchmark found on a machine. */
  public HandlerReport(
      Machine machine, HandlerBenchmark benchmark, List<HandlerComparison> comparisons) {
    this.machine = machine;
    this.benchmark = benchmark;
    this.comparisons = List.copyOf(comparisons);
  }

  /** What {@code results.json} says. */
  public Results results() {
    List<Results.Point> points = new ArrayList<>();
    for (HandlerComparison comparison : comparisons) {
      points.add(point(comparison.measured(), "jvm", comparison.jvmNs()));
      points.add(point(comparison.measured(), "kernel", comparison.kernelNs()));
    }
    return new Results(
        machine, points, models(), comparisons.stream().map(HandlerReport::comparison).toList());
  }

  private static Results.Point point(HandlerCase measured, String engine, double ns) {
    return new Results.Point(
        "handlers",
        measured.program().programName(),
        "scr",
        engine,
        trace(measured),
        measured.workers(),
        measured.depth(),
        true,
        Math.round(1e9 / ns),
        rounded(ns, 2),
        null,
        null,
        null,
        null);
  }

  private static String trace(HandlerCase measured) {
    return "uniform, " + measured.flows() + " flows";
  }

  private static Results.Comparison comparison(HandlerComparison c) {
    return new Results.Comparison(
        c.measured().program().programName(),
        c.measured().depth(),
        c.measured().flows(),
        rounded(c.jvmNs(), 2),
        rounded(c.kernelNs(), 2),
        rounded(c.ratio(), 4),
        Double.isNaN(c.ratioError()) ? null : rounded(c.ratioError(), 4),
        c.loadRatios().stream().map(ratio -> rounded(ratio, 4)).toList(),
        rounded(c.jvmPreludeNs(), 2),
        rounded(c.kernelPreludeNs(), 2),
        rounded(c.handlerRatio(), 4),
        rounded(c.bytesPerPacket(), 3));
  }

  private List<Results.Model> models() {
    List<Results.Model> models = new ArrayList<>();
    series()
        .forEach((name, ofSeries) -> {
          if (ofSeries.stream().map(c -> c.measured().depth()).distinct().count() > 1) {
            HandlerCase first = ofSeries.getFirst().measured();
            models.add(model(first, "jvm", HandlerModel.of(ofSeries, HandlerModel.Side.JVM)));
            models.add(model(first, "kernel", HandlerModel.of(ofSeries, HandlerModel.Side.KERNEL)));
          }
        });
    return models;
  }

  private static Results.Model model(HandlerCase first, String engine, HandlerModel model) {
    return new Results.Model(
        first.program().programName(),
        engine,
        trace(first),
        rounded(model.tNs(), 2),
        rounded(model.c1Ns(), 2),
        rounded(model.c2Ns(), 2),
        rounded(model.dNs(), 2),
        rounded(model.r2(), 4));
  }

  /** The models for people, below {@link #MODEL_HEADER}; none if there is one depth only. */
  public List<List<String>> modelRows() {
    return models().stream()
        .map(m ->
            List.of(
                m.program(),
                m.trace(),
                m.engine(),
                text(m.tNs(), 1),
                text(m.c1Ns(), 1),
                text(m.c2Ns(), 2),
                text(m.dNs(), 1),
                text(m.r2(), 3)))
        .toList();
  }

  /** Comparisons that differ in depth only. */
  Map<String, List<HandlerComparison>> series() {
    return comparisons.stream()
        .collect(
            Collectors.groupingBy(
                c -> c.measured().program().programName() + ", " + c.measured().flows() + " flows",
                LinkedHashMap::new,
                Collectors.toList()));
  }

  /** Rows for people, below {@link #HEADER}. */
  public List<List<String>> rows() {
    return comparisons.stream()
        .map(c ->
            List.of(
                c.measured().program().programName(),
                String.valueOf(c.measured().depth()),
                String.valueOf(c.measured().flows()),
                text(c.jvmNs(), 1),
                text(c.kernelNs(), 1),
                text(c.ratio(), 2),
                text(c.ratioError(), 3),
                text(c.handlerRatio(), 2),
                text(c.bytesPerPacket(), 2)))
        .toList();
  }

  /** The median of all rows' ratios. */
  public double medianRatio() {
    List<Double> sorted = comparisons.stream().map(HandlerComparison::ratio).sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** Writes everything into a folder. Without a plot where this Java has no fonts to draw with. */
  public void write(Path folder) throws IOException {
    Optional<byte[]> plot = HandlerPlot.png(series());
    Files.writeString(folder.resolve("results.json"), JSON.writeValueAsString(results()) + "\n");
    Files.writeString(folder.resolve("results.csv"), csv());
    if (plot.isPresent()) {
      Files.write(folder.resolve("handlers.png"), plot.get());
    }
    Files.writeString(
        folder.resolve("report.html"),
        HandlerPage.html(
            machine, benchmark, HEADER, rows(), MODEL_HEADER, modelRows(), medianRatio(), plot));
  }

  private String csv() {
    StringBuilder csv = new StringBuilder();
    csv.append("program,depth,flows,engine,ns_per_packet,prelude_ns,ratio,ratio_error\n");
    for (HandlerComparison c : comparisons) {
      for (String engine : List.of("jvm", "kernel")) {
        boolean jvm = engine.equals("jvm");
        csv.append(
            String.format(
                Locale.ROOT,
                "%s,%d,%d,%s,%.2f,%.2f,%.4f,%s\n",
                c.measured().program().programName(),
                c.measured().depth(),
                c.measured().flows(),
                engine,
                jvm ? c.jvmNs() : c.kernelNs(),
                jvm ? c.jvmPreludeNs() : c.kernelPreludeNs(),
                c.ratio(),
                text(c.ratioError(), 4)));
      }
    }
    return csv.toString();
  }

  private static String text(@Nullable Double value, int digits) {
    return value == null || value.isNaN()
        ? "-"
        : String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private static double rounded(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }
}
