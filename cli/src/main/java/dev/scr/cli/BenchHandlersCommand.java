package dev.scr.cli;

import dev.scr.cli.report.HandlerReport;
import dev.scr.cli.report.Machine;
import dev.scr.hosts.bench.HandlerBenchmark;
import dev.scr.hosts.bench.HandlerCase;
import dev.scr.hosts.bench.HandlerComparison;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "handlers",
    mixinStandardHelpOptions = true,
    description = {
      "The packet programs' handlers on the JVM against the same object in the kernel's compiler:"
          + " nanoseconds of processor time per packet, paired and in random order, both loaded anew"
          + " for each of the reloads. Needs CAP_BPF and CAP_NET_ADMIN.",
      "Writes results.json, results.csv, handlers.png and report.html into the folder."
    })
final class BenchHandlersCommand implements Callable<Integer> {
  private static final int LARGEST_DEPTH = 59;

  @Mixin private Output output = new Output();
  @Mixin private ParameterOptions parameters = new ParameterOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the results go; made if it is not there.")
  private Path out = Path.of("");

  @Option(
      names = "--programs",
      paramLabel = "LIST",
      split = ",",
      converter = Options.Program.class,
      description = "Packet programs (default: ddos,tokenbucket).")
  private List<PacketProgram> programs = List.of(PacketProgram.DDOS, PacketProgram.TOKENBUCKET);

  @Option(
      names = "--depths",
      paramLabel = "LIST",
      split = ",",
      converter = Options.Count.class,
      description = "History items per packet (default: 0,1,4,14).")
  private List<Integer> depths = List.of(0, 1, 4, 14);

  @Option(
      names = "--flows",
      paramLabel = "LIST",
      split = ",",
      converter = Options.Count.class,
      description = "Flows, each equally busy (default: 1,1000).")
  private List<Integer> flows = List.of(1, 1000);

  @Option(
      names = "--reloads",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Times that both engines load the program anew (default: ${DEFAULT-VALUE}).")
  private int reloads = 8;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Pairs of measurements for each load (default: ${DEFAULT-VALUE}).")
  private int rounds = 15;

  @Option(
      names = "--packets",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Packets for each measurement (default: ${DEFAULT-VALUE}).")
  private int packets = 200_000;

  @Option(names = "--seed", paramLabel = "S", description = "Makes the same traffic and order.")
  private @Nullable Long seed;

  @Override
  public Integer call() throws IOException {
    List<HandlerCase> cases = cases();
    switch (Feature.TEST_RUN.probe()) {
      case Probe.Available _ -> {}
      case Probe.NotSupported(String reason) -> throw CommandFailure.environment(reason);
      case Probe.Inconclusive(String reason) -> throw CommandFailure.environment(reason);
    }
    Files.createDirectories(out);
    long usedSeed = seed == null ? RandomGenerator.getDefault().nextLong(1L << 32) : seed;
    HandlerBenchmark benchmark = new HandlerBenchmark(reloads, rounds, packets, usedSeed);
    Machine machine = Machine.look(command(usedSeed));
    List<HandlerComparison> comparisons = new ArrayList<>();
    for (HandlerCase measured : cases) {
      String what =
          "%s, %d items, %d flows"
              .formatted(measured.program().programName(), measured.depth(), measured.flows());
      try (Bar bar = Bar.over(what, reloads, output)) {
        comparisons.add(benchmark.compare(parameters.object(measured.program()), measured, bar));
      }
    }
    HandlerReport report = new HandlerReport(machine, benchmark, comparisons);
    report.write(out);
    output.result(report.results(), text -> print(text, report));
    return ExitCode.DONE.number();
  }

  private List<HandlerCase> cases() {
    require("--reloads", reloads, 1, 1_000);
    require("--rounds", rounds, 1, 10_000);
    require("--packets", packets, 1, 100_000_000);
    List<HandlerCase> cases = new ArrayList<>();
    for (PacketProgram program : programs) {
      for (int flow : flows) {
        require("--flows", flow, 1, 1 << 24);
        for (int depth : depths) {
          require("--depths", depth, 0, Math.min(LARGEST_DEPTH, program.maxDepth()));
          cases.add(new HandlerCase(program, depth, flow));
        }
      }
    }
    return cases;
  }

  private static void require(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw CommandFailure.badInput(
          "%s: expected %d to %d; found %d".formatted(option, min, max, value));
    }
  }

  private String command(long usedSeed) {
    return "scr bench handlers --programs %s --depths %s --flows %s --reloads %d --rounds %d --packets %d --seed %d --out DIR"
        .formatted(
            String.join(",", programs.stream().map(PacketProgram::programName).toList()),
            String.join(",", depths.stream().map(String::valueOf).toList()),
            String.join(",", flows.stream().map(String::valueOf).toList()),
            reloads,
            rounds,
            packets,
            usedSeed);
  }

  private void print(PrintWriter text, HandlerReport report) {
    text.println(Output.table(HandlerReport.HEADER, report.rows()));
    if (!report.modelRows().isEmpty()) {
      text.println();
      text.println(Output.table(HandlerReport.MODEL_HEADER, report.modelRows()));
    }
    text.printf(
        Locale.ROOT,
        "%nmedian ratio over all rows %.2f; %s%n",
        report.medianRatio(),
        out.resolve("report.html"));
  }
}
