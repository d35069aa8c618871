package dev.scr.cli.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.scr.hosts.bench.ThroughputFindings;
import dev.scr.hosts.bench.ThroughputFindings.Interference;
import dev.scr.hosts.bench.ThroughputFindings.Model;
import dev.scr.hosts.bench.ThroughputFindings.Point;
import dev.scr.hosts.bench.ThroughputFindings.Prediction;
import dev.scr.hosts.bench.ThroughputPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bench of throughput, for scripts and for people. */
public final class ThroughputReport {
  /** Columns of {@link #predictionRows}. */
  public static final List<String> PREDICTION_HEADER =
      List.of(
          "program",
          "trace",
          "in front",
          "#workers",
          "kind",
          "#predicted Mpps",
          "#found Mpps",
          "#found/predicted",
          "#speed-up",
          "#efficiency",
          "#core share");

  private static final String ENGINE = "jvm";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final Machine machine;
  private final ThroughputPlan plan;
  private final ThroughputFindings findings;

  /** A report of what a benchmark found on a machine. */
  public ThroughputReport(Machine machine, ThroughputPlan plan, ThroughputFindings findings) {
    this.machine = machine;
    this.plan = plan;
    this.findings = findings;
  }

  /** {@code results.json}; its keys are those of docs/cli.md. What was not measured is null. */
  public record Results(
      Machine machine,
      ConditionsRow conditions,
      List<PointRow> points,
      List<ModelRow> model,
      List<PredictionRow> predictions,
      List<InterferenceRow> interference,
      List<String> remarks) {}

  /** What it was measured on; {@link ThroughputFindings.Conditions}. */
  public record ConditionsRow(List<Integer> cpus, int physicalCores, int samples, int disturbed) {}

  /** A number of workers; {@code packets_per_second} is the loss-free rate where there is one. */
  public record PointRow(
      String bench,
      String program,
      String strategy,
      String engine,
      String trace,
      String dispatch,
      int workers,
      int depth,
      boolean measured,
      long packetsPerSecond,
      long saturatedPacketsPerSecond,
      @Nullable Long wallPacketsPerSecond,
      double nsPerPacket,
      @Nullable Double coreShare,
      @Nullable Double p50Ns,
      @Nullable Double p99Ns,
      @Nullable Double p999Ns,
      @Nullable Double loss,
      @Nullable Double recovery) {}

  /** {@code t + depth * c2} is the cost of a packet; {@code t = d + c1}. */
  public record ModelRow(
      String program,
      String engine,
      String trace,
      String dispatch,
      double tNs,
      double c1Ns,
      double c2Ns,
      double dNs,
      double r2) {}

  /** SCR against the model. */
  public record PredictionRow(
      String program,
      String trace,
      String dispatch,
      int workers,
      boolean measured,
      long predictedPacketsPerSecond,
      long foundPacketsPerSecond,
      double ratio,
      double speedup,
      double efficiency,
      @Nullable Double coreShare) {}

  /** One SCR worker alone, and with another beside it. */
  public record InterferenceRow(
      String program,
      String trace,
      String dispatch,
      double aloneNs,
      double togetherNs,
      double factor) {}

  /** What {@code results.json} says. */
  public Results results() {
    return new Results(
        machine,
        conditions(),
        findings.points().stream().map(ThroughputReport::row).toList(),
        findings.models().stream().map(ThroughputReport::row).toList(),
        findings.predictions().stream().map(ThroughputReport::row).toList(),
        findings.interferences().stream().map(ThroughputReport::row).toList(),
        findings.remarks());
  }

  private ConditionsRow conditions() {
    ThroughputFindings.Conditions c = findings.conditions();
    return new ConditionsRow(c.cpus(), c.physicalCores(), c.samples(), c.disturbed());
  }

  private static PointRow row(Point point) {
    return new PointRow(
        "throughput",
        point.setting().program().programName(),
        point.strategy().strategyName(),
        ENGINE,
        point.setting().trace(),
        point.setting().dispatch(),
        point.workers(),
        point.depth(),
        point.measured(),
        Math.round(point.packetsPerSecond()),
        Math.round(point.saturatedPerSecond()),
        point.wallPerSecond() == null ? null : Math.round(point.wallPerSecond()),
        rounded(point.nsPerPacket(), 2),
        share(point.coreShare()),
        point.p50Ns(),
        point.p99Ns(),
        point.p999Ns(),
        point.loss(),
        null);
  }

  private static ModelRow row(Model model) {
    return new ModelRow(
        model.setting().program().programName(),
        ENGINE,
        model.setting().trace(),
        model.setting().dispatch(),
        rounded(model.tNs(), 2),
        rounded(model.c1Ns(), 2),
        rounded(model.c2Ns(), 2),
        rounded(model.dNs(), 2),
        rounded(model.r2(), 4));
  }

  private static PredictionRow row(Prediction prediction) {
    return new PredictionRow(
        prediction.setting().program().programName(),
        prediction.setting().trace(),
        prediction.setting().dispatch(),
        prediction.workers(),
        prediction.measured(),
        Math.round(prediction.predictedPerSecond()),
        Math.round(prediction.foundPerSecond()),
        rounded(prediction.ratio(), 3),
        rounded(prediction.speedup(), 3),
        rounded(prediction.efficiency(), 3),
        share(prediction.coreShare()));
  }

  private static InterferenceRow row(Interference interference) {
    return new InterferenceRow(
        interference.setting().program().programName(),
        interference.setting().trace(),
        interference.setting().dispatch(),
        rounded(interference.aloneNs(), 2),
        rounded(interference.togetherNs(), 2),
        rounded(interference.factor(), 3));
  }

  /** SCR with as many workers as ran at once, for people, below {@link #PREDICTION_HEADER}. */
  public List<List<String>> predictionRows() {
    return findings.predictions().stream()
        .filter(Prediction::measured)
        .map(ThroughputReport::cells)
        .toList();
  }

  static List<String> cells(Prediction p) {
    return List.of(
        p.setting().program().programName(),
        p.setting().trace(),
        p.setting().dispatch(),
        String.valueOf(p.workers()),
        p.measured() ? "measured" : "projected",
        mega(p.predictedPerSecond()),
        mega(p.foundPerSecond()),
        text(p.ratio(), 2),
        text(p.speedup(), 2),
        text(p.efficiency(), 2),
        p.coreShare() == null ? "" : text(p.coreShare(), 2));
  }

  /** Writes everything into a folder. Without plots where this Java has no fonts to draw with. */
  public void write(Path folder) throws IOException {
    Map<String, byte[]> plots = ThroughputPlots.all(findings);
    Files.writeString(folder.resolve("results.json"), JSON.writeValueAsString(results()) + "\n");
    Files.writeString(folder.resolve("results.csv"), csv());
    for (Map.Entry<String, byte[]> plot : plots.entrySet()) {
      Files.write(folder.resolve(plot.getKey()), plot.getValue());
    }
    Files.writeString(
        folder.resolve("report.html"), new ThroughputPage(machine, plan, findings, plots).html());
  }

  private String csv() {
    StringBuilder csv = new StringBuilder();
    csv.append("program,trace,dispatch,strategy,workers,depth,measured,packets_per_second,")
        .append("saturated_packets_per_second,wall_packets_per_second,ns_per_packet,core_share,")
        .append("p50_ns,p99_ns,p999_ns,loss\n");
    for (Point p : findings.points()) {
      PointRow row = row(p);
      csv.append(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%s,%d,%d,%b,%d,%d,%s,%.2f,%s,%s,%s,%s,%s\n",
              row.program(),
              row.trace().replace(',', ';'),
              row.dispatch(),
              row.strategy(),
              row.workers(),
              row.depth(),
              row.measured(),
              row.packetsPerSecond(),
              row.saturatedPacketsPerSecond(),
              cell(row.wallPacketsPerSecond()),
              row.nsPerPacket(),
              cell(row.coreShare()),
              cell(row.p50Ns()),
              cell(row.p99Ns()),
              cell(row.p999Ns()),
              cell(row.loss())));
    }
    return csv.toString();
  }

  private static String cell(@Nullable Number value) {
    return value == null ? "" : value.toString();
  }

  private static @Nullable Double share(@Nullable Double value) {
    return value == null ? null : rounded(value, 3);
  }

  static String mega(double perSecond) {
    return text(perSecond / 1e6, 2);
  }

  static String text(double value, int digits) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private static double rounded(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Double.isNaN(value) ? 0 : Math.round(value * scale) / scale;
  }
}
