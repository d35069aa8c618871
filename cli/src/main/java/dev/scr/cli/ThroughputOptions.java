package dev.scr.cli;

import dev.scr.cli.report.Machine;
import dev.scr.cli.report.ThroughputReport;
import dev.scr.hosts.bench.Dispatch;
import dev.scr.hosts.bench.ThroughputBenchmark;
import dev.scr.hosts.bench.ThroughputFindings;
import dev.scr.hosts.bench.ThroughputPlan;
import dev.scr.hosts.bench.ThroughputPlan.Effort;
import dev.scr.hosts.bench.ThroughputPlan.NamedTrace;
import dev.scr.hosts.strategy.Strategy;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What {@code scr bench throughput} asks for, and what it does. */
final class ThroughputOptions {
  private static final int MOST_WORKERS = 64;
  private static final int BUSY_NS = 100;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the results go; made if it is not there. Needed.")
  private @Nullable Path out;

  @Option(
      names = "--programs",
      paramLabel = "LIST",
      split = ",",
      converter = Options.Program.class,
      description = "Packet programs (default: all).")
  private List<PacketProgram> programs = List.of(PacketProgram.values());

  @Option(
      names = "--strategies",
      paramLabel = "LIST",
      split = ",",
      converter = Options.StrategyName.class,
      description = "scr,sequential,shared-atomic,shared-lock,sharded,rss++ (default: all).")
  private List<Strategy> strategies = List.of(Strategy.values());

  @Option(
      names = "--workers",
      paramLabel = "LIST",
      split = ",",
      converter = Options.Count.class,
      description =
          "Numbers of workers (default: 1,2,3,4,7,10,15). What is beyond the cores is projected, and marked so.")
  private List<Integer> workers = List.of(1, 2, 3, 4, 7, 10, 15);

  @Option(
      names = "--traces",
      paramLabel = "LIST",
      split = ",",
      description =
          "Kinds of scr trace (default: single-flow,zipf,datacenter,uniform), or capture files.")
  private List<String> traces = List.of("single-flow", "zipf", "datacenter", "uniform");

  @Option(
      names = "--flows",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Flows of the traces that are made (default: ${DEFAULT-VALUE}).")
  private int flows = 1_000;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      converter = Options.Count.class,
      description = "Length of each of their frames (default: ${DEFAULT-VALUE}).")
  private int size = 64;

  @Option(
      names = "--dispatch",
      paramLabel = "LIST",
      split = ",",
      converter = DispatchName.class,
      description = {
        "What a packet goes through before the handler (default: memory,100,af_packet):",
        "memory: nothing, packets lie in memory;",
        "a number: so many nanoseconds of processor time;",
        "af_packet: out of a virtual Ethernet by system calls (needs root)."
      })
  private List<Dispatch> dispatches =
      List.of(new Dispatch.Memory(), new Dispatch.Busy(BUSY_NS), new Dispatch.Loopback());

  @Option(names = "--quick", description = "Try the machinery: figures mean nothing.")
  private boolean quick;

  @Option(names = "--seed", paramLabel = "S", description = "Makes the same traffic and order.")
  private @Nullable Long seed;

  /** What is in front of the handler. */
  static final class DispatchName implements ITypeConverter<Dispatch> {
    @Override
    public Dispatch convert(String name) {
      if (name.equals("memory")) {
        return new Dispatch.Memory();
      }
      if (name.equals("af_packet")) {
        return new Dispatch.Loopback();
      }
      if (name.matches("[1-9]\\d{0,5}")) {
        return new Dispatch.Busy(Integer.parseInt(name));
      }
      throw new TypeConversionException(
          "expected memory, af_packet or nanoseconds from 1 to 999999, found '" + name + "'");
    }
  }

  /** Measures and writes the report. */
  int run(Output output) throws IOException, InterruptedException {
    if (out == null) {
      throw CommandFailure.badInput(
          "--out: expected a folder for results.json, report.html and plots; found none. Try scr bench throughput --out DIR");
    }
    Path folder = out;
    long usedSeed = seed == null ? RandomGenerator.getDefault().nextLong(1L << 32) : seed;
    ThroughputPlan plan = plan(usedSeed, output);
    Files.createDirectories(folder);
    Machine machine = Machine.look(command(usedSeed));
    ThroughputReport report = new ThroughputReport(machine, plan, measure(plan, output));
    report.write(folder);
    output.result(report.results(), text -> print(text, report, folder, usedSeed));
    return ExitCode.DONE.number();
  }

  private static ThroughputFindings measure(ThroughputPlan plan, Output output)
      throws InterruptedException {
    try (Bar bar = Bar.every("measuring", plan.steps(), output)) {
      return new ThroughputBenchmark(plan).run(bar);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.badInput("--traces: " + e.getMessage());
    }
  }

  private ThroughputPlan plan(long usedSeed, Output output) throws IOException {
    for (int number : workers) {
      if (number < 1 || number > MOST_WORKERS) {
        throw CommandFailure.badInput(
            "--workers: expected 1 to %d; found %d".formatted(MOST_WORKERS, number));
      }
    }
    Effort effort = quick ? Effort.QUICK : Effort.FULL;
    List<NamedTrace> named = new ArrayList<>();
    for (String trace : traces) {
      named.add(trace(trace, effort, usedSeed, output));
    }
    return new ThroughputPlan(
        programs,
        strategies,
        List.copyOf(new TreeSet<>(workers)),
        named,
        dispatches,
        effort,
        usedSeed);
  }

  /** A capture's first packets are compared, and the model is fitted on those that follow. */
  private NamedTrace trace(String name, Effort effort, long usedSeed, Output output)
      throws IOException {
    Optional<TraceKind> kind = TraceKind.named(name);
    if (kind.isPresent()) {
      return new NamedTrace(
          name, made(kind.get(), effort, usedSeed), made(kind.get(), effort, usedSeed + 1));
    }
    if (!Files.exists(Path.of(name))) {
      throw CommandFailure.badInput(
          "--traces: expected one of %s, or a capture file; found %s"
              .formatted(TraceKind.names(), name));
    }
    return captured(name, Inputs.trace(Path.of(name), output), effort.packetsOfTrace());
  }

  private static NamedTrace captured(String name, Trace whole, int most) {
    int half = Math.min(most, whole.size() / 2);
    Trace.Builder first = new Trace.Builder();
    Trace.Builder second = new Trace.Builder();
    for (int i = 0; i < 2 * half; i++) {
      (i < half ? first : second).add(whole.timestampNs(i), whole.bytes(i));
    }
    return new NamedTrace(
        Path.of(name).getFileName() + "",
        half == 0 ? whole : first.build(),
        half == 0 ? whole : second.build());
  }

  private Trace made(TraceKind kind, Effort effort, long usedSeed) {
    return TraceGenerator.generate(
        TraceCommand.spec(kind, effort.packetsOfTrace(), flows, size, usedSeed));
  }

  private String command(long usedSeed) {
    return "scr bench throughput --programs %s --strategies %s --workers %s --traces %s --flows %d --size %d --dispatch %s%s --seed %d --out DIR"
        .formatted(
            list(programs.stream().map(PacketProgram::programName).toList()),
            list(strategies.stream().map(Strategy::strategyName).toList()),
            list(workers),
            list(traces),
            flows,
            size,
            list(dispatches.stream().map(ThroughputOptions::name).toList()),
            quick ? " --quick" : "",
            usedSeed);
  }

  private static String name(Dispatch dispatch) {
    return switch (dispatch) {
      case Dispatch.Memory _ -> "memory";
      case Dispatch.Busy(int ns) -> String.valueOf(ns);
      case Dispatch.Loopback _ -> "af_packet";
    };
  }

  private static String list(List<?> values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static void print(PrintWriter text, ThroughputReport report, Path folder, long usedSeed) {
    text.println(Output.table(ThroughputReport.PREDICTION_HEADER, report.predictionRows()));
    report.results().remarks().forEach(remark -> text.println("\n" + remark));
    ThroughputReport.ConditionsRow conditions = report.results().conditions();
    text.printf(
        "%n%d processors on %d cores; more workers are projected. %d of %d samples were disturbed from outside and taken again.%n",
        conditions.cpus().size(),
        conditions.physicalCores(),
        conditions.disturbed(),
        conditions.samples());
    text.printf("Seed %d; %s%n", usedSeed, folder.resolve("report.html"));
  }
}
