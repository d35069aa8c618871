package dev.scr.cli;

import dev.scr.cli.report.Machine;
import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.hosts.bench.HandlerCase;
import dev.scr.hosts.bench.VersionBenchmark;
import dev.scr.hosts.bench.VersionComparison;
import dev.scr.hosts.program.Handlers;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.k2.input.ProgramFile;
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
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "speed",
    mixinStandardHelpOptions = true,
    description = {
      "What optimizing brings in time: the handlers as clang made them against the optimized ones, on"
          + " the JVM and by the kernel's compiler; with --before and --after also the XDP programs"
          + " of two folders, such as DIR and OUT/optimized of scr k2 bench DIR --out OUT, on one"
          + " frame. Pairs in random order, loaded anew several times; the ratio is time after over"
          + " time before, with an interval of 95 %%. Needs CAP_BPF and CAP_NET_ADMIN.",
      "With --out, DIR gets results.json, the document of --json."
    })
final class BenchSpeedCommand implements Callable<Integer> {
  private static final int LARGEST_DEPTH = 59;
  private static final int FRAME_BYTES = 64;
  private static final List<String> HEADER =
      List.of(
          "program", "engine", "# slots", "# after", "# ns", "# after", "# ratio", "from", "to",
          "reason");

  @Mixin private Output output = new Output();

  @Option(
      names = "--programs",
      paramLabel = "LIST",
      split = ",",
      converter = Options.Program.class,
      description = "Packet programs (default: all).")
  private List<PacketProgram> programs = List.of(PacketProgram.values());

  @Option(
      names = "--depth",
      paramLabel = "D",
      converter = Options.Count.class,
      description = "History items per packet (default: ${DEFAULT-VALUE}).")
  private int depth = 7;

  @Option(
      names = "--flows",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Flows, each equally busy (default: ${DEFAULT-VALUE}).")
  private int flows = 1000;

  @Option(names = "--before", paramLabel = "DIR", description = "XDP programs as they were.")
  private @Nullable Path before;

  @Option(
      names = "--after",
      paramLabel = "DIR",
      description = "The same files with the programs as they are now.")
  private @Nullable Path after;

  @Option(
      names = "--reloads",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Times that both versions are loaded anew (default: ${DEFAULT-VALUE}).")
  private int reloads = 9;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Pairs of measurements for each load (default: ${DEFAULT-VALUE}).")
  private int rounds = 12;

  @Option(
      names = "--packets",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Packets for each measurement (default: ${DEFAULT-VALUE}).")
  private int packets = 100_000;

  @Option(names = "--seed", paramLabel = "S", description = "Of traffic and order (default: 1).")
  private long seed = 1;

  @Option(names = "--out", paramLabel = "DIR", description = "Where the results go.")
  private @Nullable Path out;

  /** What JSON says. */
  record Result(Machine machine, long seed, List<Row> rows) {}

  /** Two versions on an engine; figures are null, and there is a reason, where it did not run. */
  record Row(
      String file,
      String program,
      String engine,
      int slotsBefore,
      int slotsAfter,
      @Nullable Double beforeNs,
      @Nullable Double afterNs,
      @Nullable Double ratio,
      @Nullable Double ratioLow,
      @Nullable Double ratioHigh,
      String reason) {}

  @Override
  public Integer call() throws IOException {
    check();
    Machine machine = Machine.look(command());
    VersionBenchmark benchmark = new VersionBenchmark(reloads, rounds, packets, seed);
    List<Row> rows = new ArrayList<>();
    for (PacketProgram program : programs) {
      rows.addAll(handlers(benchmark, program));
    }
    if (before != null && after != null) {
      for (Path file : files(before)) {
        rows.addAll(pairs(benchmark, before, after, file));
      }
    }
    Result result = new Result(machine, seed, rows);
    if (out != null) {
      Files.createDirectories(out);
      Files.writeString(out.resolve("results.json"), Output.json(result));
    }
    output.result(result, text -> print(text, rows));
    return ExitCode.DONE.number();
  }

  private void check() {
    if ((before == null) != (after == null)) {
      throw CommandFailure.badInput("expected --before and --after together; found one of them");
    }
    K2Options.require("--reloads", reloads, 1, 1_000);
    K2Options.require("--rounds", rounds, 1, 10_000);
    K2Options.require("--packets", packets, 1, 100_000_000);
    K2Options.require("--flows", flows, 1, 1 << 24);
    for (PacketProgram program : programs) {
      K2Options.require("--depth", depth, 0, Math.min(LARGEST_DEPTH, program.maxDepth()));
    }
    if (!(Feature.TEST_RUN.probe() instanceof Probe.Available)) {
      throw CommandFailure.environment("BPF_PROG_TEST_RUN: " + Feature.TEST_RUN.probe());
    }
  }

  private List<Row> handlers(VersionBenchmark benchmark, PacketProgram program) {
    int slotsBefore = slots(ProgramObject.of(program, Handlers.ORIGINAL));
    int slotsAfter = slots(ProgramObject.of(program, Handlers.OPTIMIZED));
    try (Bar bar = Bar.every(program.programName(), 2 * reloads, output)) {
      return benchmark.handlers(new HandlerCase(program, depth, flows), bar).stream()
          .map(found -> row("", found, slotsBefore, slotsAfter))
          .toList();
    }
  }

  private static int slots(ProgramObject object) {
    return object.object().program(ProgramObject.SCR).orElseThrow().code().slots();
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.badInput("--before %s: expected a folder; found none".formatted(folder));
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(path -> Files.isRegularFile(path) && ProgramFile.isNamedSo(path))
          .map(folder::relativize)
          .sorted()
          .toList();
    }
  }

  private List<Row> pairs(VersionBenchmark benchmark, Path from, Path to, Path file)
      throws IOException {
    if (!Files.exists(to.resolve(file))) {
      return List.of();
    }
    List<Row> rows = new ArrayList<>();
    ProgramFile now = ProgramFile.read(to.resolve(file));
    byte[] frame =
        TraceGenerator.generate(new TraceSpec(TraceKind.UNIFORM, 1, 1, FRAME_BYTES, seed)).bytes(0);
    for (ProgramSpec old : ProgramFile.read(from.resolve(file)).programs()) {
      ProgramSpec found = now.program(old.name()).orElse(old);
      if (old.type() != ProgramType.XDP || found.code().equals(old.code())) {
        continue;
      }
      try (Bar bar = Bar.every(file.toString(), 2 * reloads, output)) {
        rows.add(
            run(
                file,
                old,
                found,
                "jvm",
                () -> benchmark.onJvm(old.name(), old, found, frame, bar)));
        rows.add(
            run(
                file,
                old,
                found,
                "kernel",
                () -> benchmark.inKernel(old.name(), old, found, frame, bar)));
      }
    }
    return rows;
  }

  /** A program that does not run there has a row that says why. */
  private static Row run(
      Path file,
      ProgramSpec old,
      ProgramSpec now,
      String engine,
      Supplier<VersionComparison> comparison) {
    int slotsBefore = old.code().slots();
    int slotsAfter = now.code().slots();
    try {
      return row(file.toString(), comparison.get(), slotsBefore, slotsAfter);
    } catch (BpfException e) {
      String reason = String.valueOf(e.getMessage());
      return new Row(
          file.toString(),
          old.name(),
          engine,
          slotsBefore,
          slotsAfter,
          null,
          null,
          null,
          null,
          null,
          reason);
    }
  }

  private static Row row(String file, VersionComparison found, int slotsBefore, int slotsAfter) {
    return new Row(
        file,
        found.name(),
        found.engine(),
        slotsBefore,
        slotsAfter,
        rounded(found.beforeNs()),
        rounded(found.afterNs()),
        rounded(found.ratio()),
        rounded(found.interval().get(0)),
        rounded(found.interval().get(1)),
        "");
  }

  private static double rounded(double value) {
    return Math.rint(value * 1e3) / 1e3;
  }

  private String command() {
    return "scr bench speed --programs %s --depth %d --flows %d%s --reloads %d --rounds %d --packets %d --seed %d"
        .formatted(
            String.join(",", programs.stream().map(PacketProgram::programName).toList()),
            depth,
            flows,
            before == null ? "" : " --before DIR --after DIR",
            reloads,
            rounds,
            packets,
            seed);
  }

  private void print(PrintWriter text, List<Row> rows) {
    text.println(Output.table(HEADER, rows.stream().map(BenchSpeedCommand::cells).toList()));
    text.printf(
        Locale.ROOT,
        "%nns of processor time per packet, the feeding included; ratio: after over before, of %d pairs for"
            + " each of %d loads, the median of medians%n",
        rounds,
        reloads);
  }

  private static List<String> cells(Row row) {
    return List.of(
        row.file().isEmpty() ? row.program() : row.file(),
        row.engine(),
        String.valueOf(row.slotsBefore()),
        String.valueOf(row.slotsAfter()),
        decimal(row.beforeNs(), 1),
        decimal(row.afterNs(), 1),
        decimal(row.ratio(), 3),
        decimal(row.ratioLow(), 3),
        decimal(row.ratioHigh(), 3),
        K2OptimizeCommand.shortened(row.reason()));
  }

  private static String decimal(@Nullable Double value, int places) {
    return value == null ? "" : String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
