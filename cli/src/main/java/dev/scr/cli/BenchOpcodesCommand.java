package dev.scr.cli;

import dev.scr.cli.report.Machine;
import dev.scr.k2.search.LatencyModel;
import dev.scr.k2.search.OpcodeTimes;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "opcodes",
    mixinStandardHelpOptions = true,
    description = {
      "What classes of instructions take by the kernel's compiler on this machine, beside the model"
          + " that scr k2 optimize --objective latency goes by. Needs CAP_BPF and CAP_NET_ADMIN."
    })
final class BenchOpcodesCommand implements Callable<Integer> {
  private static final List<String> HEADER = List.of("class", "# modelled", "# measured", "# ns");

  @Mixin private Output output = new Output();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Measurements of each class, in turn (default: ${DEFAULT-VALUE}).")
  private int rounds = 21;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Runs of a program for one measurement (default: ${DEFAULT-VALUE}).")
  private int repeat = 20_000;

  /** What JSON says. */
  record Result(Machine machine, List<Row> rows) {}

  /** Times in tenths of a simple instruction, and in nanoseconds. */
  record Row(String name, int modelled, double measured, double measuredNs) {}

  @Override
  public Integer call() {
    K2Options.require("--rounds", rounds, 1, 10_000);
    K2Options.require("--repeat", repeat, 1, 10_000_000);
    if (!(Feature.TEST_RUN.probe() instanceof Probe.Available)) {
      throw CommandFailure.environment("BPF_PROG_TEST_RUN: " + Feature.TEST_RUN.probe());
    }
    Machine machine =
        Machine.look("scr bench opcodes --rounds %d --repeat %d".formatted(rounds, repeat));
    List<OpcodeTimes.Row> found = OpcodeTimes.measure(LatencyModel.X86, rounds, repeat);
    List<Row> rows =
        found.stream()
            .map(row ->
                new Row(
                    row.name(),
                    row.modelled(),
                    rounded(row.relativeTo(found.getFirst()), 10),
                    rounded(row.measuredNs(), 1000)))
            .toList();
    output.result(new Result(machine, rows), text -> print(text, rows));
    return ExitCode.DONE.number();
  }

  private static double rounded(double value, double parts) {
    return Math.rint(value * parts) / parts;
  }

  private static void print(PrintWriter text, List<Row> rows) {
    text.println(
        Output.table(
            HEADER,
            rows.stream()
                .map(row ->
                    List.of(
                        row.name(),
                        String.valueOf(row.modelled()),
                        String.format(Locale.ROOT, "%.1f", row.measured()),
                        String.format(Locale.ROOT, "%.3f", row.measuredNs())))
                .toList()));
    text.println();
    text.println(
        "tenths of a simple instruction; arithmetic waits for the result before it, the rest does not");
  }
}
