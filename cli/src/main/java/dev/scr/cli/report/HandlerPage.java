package dev.scr.cli.report;

import dev.scr.hosts.bench.HandlerBenchmark;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code report.html} of the bench of handlers: one file that needs nothing else. */
final class HandlerPage {
  private static final String STYLE =
      """
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
      table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .25rem .75rem; border-bottom: 1px solid #ddd }
      td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } img { max-width: 100% } code { background: #f3f3f3 }
      """;

  private HandlerPage() {}

  static String html(
      Machine machine,
      HandlerBenchmark benchmark,
      List<String> header,
      List<List<String>> rows,
      List<String> modelHeader,
      List<List<String>> models,
      double medianRatio,
      Optional<byte[]> plot) {
    return """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Handlers: JVM against kernel</title><style>
    %s</style></head><body>
    <h1>Handlers: JVM against kernel</h1>
    <p>Nanoseconds of processor time per packet of the same object code, compiled by this JVM (without checks; the
    kernel's verifier has accepted the program) and by the kernel. Median ratio over all rows: <b>%s</b>.</p>
    <p><img alt="cost over history items" src="data:image/png;base64,%s"></p>
    %s
    <h2>Cost of history</h2>
    <p>ns = d + c1 + items · c2, by least squares over the depths: d is the prelude and the loop, c1 the handler
    without history, c2 the handler for each item of history, t = d + c1. At each depth counts the reload with the
    lowest median, on both engines: other work on the machine only ever adds.</p>
    %s
    <h2>How it is measured</h2>
    <p>Paired: each of %d rounds runs %d packets on both, in random order; everything is loaded anew %d times. The
    ratio is the median over reloads of each reload's median over rounds; ± se is the standard error over reloads.
    Both engines run the same instructions: a prelude copies the next of 2048 recorded frames over the frame at hand
    and numbers it, then calls the program's <code>scr</code> function, which applies the history items and handles
    the packet. The clock is the thread's processor time. After each reload the maps of both engines are compared;
    they were equal, or there would be no report.</p>
    <h2>What it does and does not say</h2>
    <p>The ns columns contain the prelude and the loop around the program: on the kernel's side that is
    BPF_PROG_TEST_RUN's. "Handler alone" is the ratio with a prelude-only program's time taken off on both sides.
    Where the JVM is faster, the reason is not better machine code for the same instructions: map lookups are
    inlined and specialised for the map, keys stay in registers and read-only data is constant, where the kernel calls its general hash table through
    helpers, with the mitigations that this machine has on. How frames get to a handler, from a network card or a
    socket, is not part of it. Allocated bytes are those of the measuring thread.</p>
    <h2>Machine</h2>
    <p>%s, %d processors, %d MiB; %s; %s; bpf_jit_enable %s; load average at the start %s; %s.</p>
    <p>Again: <code>%s</code></p>
    </body></html>
    """
        .formatted(
            STYLE,
            String.format(Locale.ROOT, "%.2f", medianRatio),
            plot.map(HandlerPage::image).orElse("<p>No plot: this Java has no fonts.</p>"),
            table(header, rows),
            models.isEmpty() ? "<p>One depth only: no model.</p>" : table(modelHeader, models),
            benchmark.rounds(),
            benchmark.packets(),
            benchmark.reloads(),
            escaped(machine.processor()),
            machine.processors(),
            machine.memoryMib(),
            escaped(machine.kernel()),
            escaped(machine.java()),
            escaped(machine.bpfCompiler()),
            escaped(machine.loadAverage()),
            machine.time(),
            escaped(machine.command()));
  }

  private static String image(byte[] png) {
    return "<p><img alt=\"cost over history items\" src=\"data:image/png;base64,"
        + Base64.getEncoder().encodeToString(png)
        + "\"></p>";
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
            .map(row ->
                row.stream()
                    .map(cell -> "<td class=n>" + escaped(cell) + "</td>")
                    .collect(Collectors.joining("", "<tr>", "</tr>")))
            .collect(Collectors.joining("\n"));
    return "<table><tr>" + head + "</tr>\n" + body + "</table>";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
