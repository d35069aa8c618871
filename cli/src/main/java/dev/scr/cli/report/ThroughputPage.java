package dev.scr.cli.report;

import dev.scr.hosts.bench.ThroughputFindings;
import dev.scr.hosts.bench.ThroughputFindings.Conditions;
import dev.scr.hosts.bench.ThroughputFindings.Interference;
import dev.scr.hosts.bench.ThroughputFindings.Point;
import dev.scr.hosts.bench.ThroughputFindings.Prediction;
import dev.scr.hosts.bench.ThroughputFindings.Setting;
import dev.scr.hosts.bench.ThroughputPlan;
import dev.scr.hosts.strategy.Strategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code report.html} of the bench of throughput: one file that needs nothing else. */
final class ThroughputPage {
  private static final String STYLE =
      """
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
      table { border-collapse: collapse; margin: 1rem 0; font-size: .85rem } td, th { padding: .2rem .6rem; border-bottom: 1px solid #ddd }
      td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } img { max-width: 100% } code { background: #f3f3f3 }
      .plots { display: flex; flex-wrap: wrap; gap: .5rem } .projected { color: #888; font-style: italic }
      """;

  private final Machine machine;
  private final ThroughputPlan plan;
  private final ThroughputFindings findings;
  private final Map<String, byte[]> plots;

  ThroughputPage(
      Machine machine,
      ThroughputPlan plan,
      ThroughputFindings findings,
      Map<String, byte[]> plots) {
    this.machine = machine;
    this.plan = plan;
    this.findings = findings;
    this.plots = plots;
  }

  String html() {
    return """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Throughput over cores</title><style>
    %s</style></head><body>
    <h1>Throughput over cores</h1>
    <p>%s, %d processors, %d MiB, %s, %s; load average %s when it began, %s.<br>
    Again: <code>%s</code></p>
    %s
    <h2>SCR against its model</h2>
    <p>The model says <i>k / (t + (k−1)·c2)</i> for <i>k</i> workers. It is fitted on one worker alone, on another trace
    of the same kind. Speed-up is over one SCR worker, efficiency is speed-up over <i>k</i>. It is not linear:
    what a worker saves by handling fewer packets it partly spends on the history of the others. <i>Core share</i>: how
    much of a core each worker had; below 1 they share physical cores, and the model, which knows cores only, promises too
    much.
    <span class="projected">Projected</span> rows come from one worker alone.</p>
    %s
    <h2>The model</h2>
    <p><i>t = d + c1</i>: <i>d</i> is a program that does nothing, <i>c1</i> the rest of a packet without history,
    <i>c2</i> a history item.</p>
    %s
    %s
    <h2>What one worker costs another</h2>
    <p>One SCR worker of two: alone, and while the other runs on the other core.</p>
    %s
    %s
    <h2>All points</h2>
    %s
    <h2>How it is measured</h2>
    <ul>
    <li><b>Baselines.</b> %s The handler code is the same for all; docs/strategies.md says what each promises.</li>
    <li><b>Engine.</b> The program's BPF object compiled to JVM bytecode; a pinned thread for each worker; packets in
    memory before it begins (%d of each trace, warm in the cache), received in batches of 64; no allocation for a packet,
    no cache line shared between workers. Rebalancing has settled before it is measured: its best case.</li>
    <li><b>In front of the handler.</b> <i>memory</i>: nothing. <i>memory + N ns</i>: the processor is kept busy for that
    time before each packet (101 ns is what the SCR paper's table 4 has for XDP on a 100 G card). <i>af_packet</i>: a real
    path; each worker sends its frames into a virtual Ethernet of its own and receives them by AF_PACKET, 64 with a system
    call, sending included, all on its own core. The kernel's IP layer looks at plain packets and not at frames with
    history, which makes these cheaper there: compare speed-ups, not levels.</li>
    <li><b>Rounds.</b> %d rounds; each measures everything about a program, trace and dispatch once, in random order;
    figures are medians. ns and rates are of the workers' processor time, so that others on the machine count little;
    results.json has the rates on the wall beside them. A rate is what all workers together take if none gets more than
    it can do: with shards, the busiest one decides.</li>
    <li><b>Cores.</b> Two hardware threads of one core share its units, and what runs on the other one may be another
    machine of the same host, which nothing on this machine shows. So each sample stands between two runs of a yardstick, a
    fixed piece of work that needs a core and nothing else. If it takes 15 %% more than it does at best with as many workers,
    the sample is disturbed: %s. Which of this machine's processors share a core was measured the same way: %s.</li>
    <li><b>Loss-free rate.</b> Highest rate without a lost packet, by halving (RFC 2544): packets arrive evenly, by the
    worker's processor clock, in a ring of 4096; what finds it full is lost. A trial that loses something while it is
    disturbed is tried up to four times. Not searched for af_packet, whose batches
    wait for each other.</li>
    <li><b>Latency.</b> From arrival to verdict, on the wall, at 80 %% of the loss-free rate.</li>
    <li><b>Projected.</b> Beyond the cores one worker runs alone, with the history or the share that it would have, and its
    time is stretched by what two workers were seen to cost each other. Contention for memory that more workers would
    bring is not in it. A state that is shared cannot be projected, and is not.</li>
    </ul>
    </body></html>
    """
        .formatted(
            STYLE,
            escaped(machine.processor()),
            machine.processors(),
            machine.memoryMib(),
            escaped(machine.kernel()),
            escaped(machine.java()),
            escaped(machine.loadAverage()),
            machine.time(),
            escaped(machine.command()),
            throughput(),
            table(
                ThroughputReport.PREDICTION_HEADER,
                findings.predictions().stream().map(ThroughputPage::predictionCells).toList()),
            images(
                ThroughputPlots.dispatches(findings).stream()
                    .map(ThroughputPlots::historyFile)
                    .toList()),
            models(),
            interferences(),
            images(
                ThroughputPlots.dispatches(findings).stream()
                    .map(ThroughputPlots::latencyFile)
                    .toList()),
            points(),
            escaped(baselines()),
            plan.effort().packetsOfTrace(),
            plan.effort().rounds(),
            disturbance(),
            cores());
  }

  private String disturbance() {
    Conditions c = findings.conditions();
    return "%d of %d were, and were taken again, for two minutes in all; they count where there were not enough others"
        .formatted(c.disturbed(), c.samples());
  }

  private String cores() {
    Conditions c = findings.conditions();
    return "%d processors on %d cores; workers take them in the order %s"
        .formatted(c.cpus().size(), c.physicalCores(), c.cpus());
  }

  private static List<String> predictionCells(Prediction prediction) {
    return ThroughputReport.cells(prediction);
  }

  private String throughput() {
    StringBuilder html = new StringBuilder();
    findings.remarks().forEach(remark -> html.append("<p>" + escaped(remark) + "</p>\n"));
    for (String dispatch : ThroughputPlots.dispatches(findings)) {
      html.append("<h2>Packets in front: " + escaped(dispatch) + "</h2>\n<div class=plots>");
      html.append(
          images(
              ThroughputPlots.settings(findings).stream()
                  .filter(setting -> setting.dispatch().equals(dispatch))
                  .map(ThroughputPlots::throughputFile)
                  .toList()));
      html.append("</div>\n");
    }
    return html.append("<p>Solid lines are measured, dashed ones projected.</p>").toString();
  }

  private String images(List<String> files) {
    if (plots.isEmpty()) {
      return "<p>No plot: this Java has no fonts.</p>";
    }
    return files.stream()
        .filter(plots::containsKey)
        .map(file ->
            "<img alt=\"%s\" src=\"data:image/svg+xml;base64,%s\">"
                .formatted(file, Base64.getEncoder().encodeToString(plots.get(file))))
        .collect(Collectors.joining("\n"));
  }

  private String models() {
    return table(
        List.of("program", "trace", "in front", "#t ns", "#c1 ns", "#c2 ns", "#d ns", "#r²"),
        findings.models().stream()
            .map(m ->
                row(
                    m.setting(),
                    ThroughputReport.text(m.tNs(), 1),
                    ThroughputReport.text(m.c1Ns(), 1),
                    ThroughputReport.text(m.c2Ns(), 2),
                    ThroughputReport.text(m.dNs(), 1),
                    ThroughputReport.text(m.r2(), 3)))
            .toList());
  }

  private String interferences() {
    return table(
        List.of("program", "trace", "in front", "#alone ns", "#together ns", "#together/alone"),
        findings.interferences().stream()
            .map((Interference i) ->
                row(
                    i.setting(),
                    ThroughputReport.text(i.aloneNs(), 1),
                    ThroughputReport.text(i.togetherNs(), 1),
                    ThroughputReport.text(i.factor(), 3)))
            .toList());
  }

  private String points() {
    return table(
        List.of(
            "program",
            "trace",
            "in front",
            "strategy",
            "#workers",
            "kind",
            "#loss-free Mpps",
            "#saturated Mpps",
            "#ns/packet",
            "#core share",
            "#p50 ns",
            "#p99 ns",
            "#p99.9 ns"),
        findings.points().stream()
            .map((Point p) ->
                row(
                    p.setting(),
                    p.strategy().strategyName(),
                    String.valueOf(p.workers()),
                    p.measured() ? "measured" : "projected",
                    mega(p.lossFreePerSecond()),
                    ThroughputReport.mega(p.saturatedPerSecond()),
                    ThroughputReport.text(p.nsPerPacket(), 1),
                    p.coreShare() == null ? "" : ThroughputReport.text(p.coreShare(), 2),
                    whole(p.p50Ns()),
                    whole(p.p99Ns()),
                    whole(p.p999Ns())))
            .toList());
  }

  private static String mega(@Nullable Double value) {
    return value == null ? "" : ThroughputReport.mega(value);
  }

  private static String whole(@Nullable Double value) {
    return value == null ? "" : ThroughputReport.text(value, 0);
  }

  private String baselines() {
    return Arrays.stream(Strategy.values())
        .filter(plan.strategies()::contains)
        .map(strategy -> strategy.strategyName() + ": " + strategy.meaning() + ".")
        .collect(Collectors.joining(" "));
  }

  private static List<String> row(Setting setting, String... cells) {
    List<String> row =
        new ArrayList<>(
            List.of(setting.program().programName(), setting.trace(), setting.dispatch()));
    row.addAll(List.of(cells));
    return row;
  }

  private static String table(List<String> header, List<List<String>> rows) {
    String head =
        header.stream()
            .map(name ->
                name.startsWith("#")
                    ? "<th class=n>" + escaped(name.substring(1)) + "</th>"
                    : "<th>" + escaped(name) + "</th>")
            .collect(Collectors.joining());
    String body =
        rows.stream()
            .map(row -> {
              String kind = row.contains("projected") ? "<tr class=projected>" : "<tr>";
              StringBuilder cells = new StringBuilder(kind);
              for (int i = 0; i < row.size(); i++) {
                cells.append(header.get(i).startsWith("#") ? "<td class=n>" : "<td>");
                cells.append(escaped(row.get(i))).append("</td>");
              }
              return cells.append("</tr>").toString();
            })
            .collect(Collectors.joining("\n"));
    return "<table><tr>" + head + "</tr>\n" + body + "</table>";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
