package dev.scr.cli;

import dev.scr.cli.report.Machine;
import dev.scr.hosts.bench.RecoveryBenchmark;
import dev.scr.hosts.bench.RecoveryFindings;
import dev.scr.hosts.bench.RecoveryPlan;
import dev.scr.linux.machine.Cpus;
import dev.scr.pipeline.PacketProgram;
import java.io.PrintWriter;
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
    name = "recovery",
    mixinStandardHelpOptions = true,
    description = {
      "What loss recovery costs: each slice of one trace runs without recovery, with it, and with it and"
          + " each rate of loss, by warm workers in memory; shares are medians of ratios within a slice.",
      "Exit code 0: all replicas ended equal. 1: they differ."
    })
final class BenchRecoveryCommand implements Callable<Integer> {
  private static final int FLOWS = 1_000;
  private static final List<Integer> USUAL_WORKERS = List.of(2, 4, 8, 14);

  @Mixin private Output output = new Output();

  @Option(
      names = "--programs",
      paramLabel = "LIST",
      split = ",",
      converter = Options.Program.class,
      description = "Packet programs (default: portknock,ddos).")
  private List<PacketProgram> programs = List.of(PacketProgram.PORTKNOCK, PacketProgram.DDOS);

  @Option(
      names = "--workers",
      paramLabel = "LIST",
      split = ",",
      converter = Options.Count.class,
      description =
          "Numbers of workers, each a thread (default: as many of 2,4,8,14 as have cores, 2 at least).")
  private List<Integer> workers = List.of();

  @Option(
      names = "--loss",
      paramLabel = "LIST",
      split = ",",
      description = "Shares of the frames that are lost (default: 0.001,0.01).")
  private List<Double> losses = List.of(0.001, 0.01);

  @Option(
      names = "--rounds",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Traces, each with workers of its own (default: ${DEFAULT-VALUE}).")
  private int rounds = 2;

  @Option(
      names = "--slices",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Pieces of each trace (default: ${DEFAULT-VALUE}).")
  private int slices = 12;

  @Option(
      names = "--frames",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Frames of each slice for each worker (default: ${DEFAULT-VALUE}).")
  private int frames = RecoveryBenchmark.MOST_FRAMES;

  @Option(names = "--seed", paramLabel = "S", description = "Makes the same traffic and losses.")
  private @Nullable Long seed;

  /** What JSON says. */
  record Result(Machine machine, List<Row> rows) {}

  /** One rate of loss. Shares are of throughput, 1 for no cost. */
  record Row(
      String program,
      int workers,
      double loss,
      double offNs,
      double onNs,
      double lossyNs,
      double onByOff,
      double lossyByOn,
      double onByOffProcessor,
      double lossyByOnProcessor,
      long lost,
      long recovered,
      long leftOut,
      long joins,
      long waits,
      long pauses,
      long statedAhead,
      boolean equal) {}

  @Override
  public Integer call() throws InterruptedException {
    check();
    long usedSeed = seed == null ? RandomGenerator.getDefault().nextLong(1L << 32) : seed;
    List<Integer> counts = workers.isEmpty() ? fitting() : workers;
    Machine machine = Machine.look(command(counts, usedSeed));
    List<Row> rows = new ArrayList<>();
    for (PacketProgram program : programs) {
      for (int count : counts) {
        RecoveryPlan plan =
            new RecoveryPlan(program, count, FLOWS, rounds, slices, frames, losses, usedSeed);
        String label = "%s, %d workers".formatted(program.programName(), count);
        try (Bar bar = Bar.over(label, rounds, output)) {
          rows.addAll(rows(RecoveryBenchmark.run(plan, bar)));
        }
      }
    }
    Result result = new Result(machine, rows);
    output.result(result, text -> print(text, rows));
    boolean equal = rows.stream().allMatch(Row::equal);
    return (equal ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
  }

  private static List<Integer> fitting() {
    int cores = Cpus.usable().size();
    return USUAL_WORKERS.stream().filter(count -> count <= Math.max(2, cores)).toList();
  }

  private void check() {
    for (PacketProgram program : programs) {
      workers.forEach(count -> require("--workers", count, 1, program.maxDepth() + 1));
    }
    require("--rounds", rounds, 1, 1_000);
    require("--slices", slices, 1, 1_000);
    require("--frames", frames, 16, RecoveryBenchmark.MOST_FRAMES);
    for (double loss : losses) {
      if (!(loss >= 0 && loss <= 1)) {
        throw CommandFailure.badInput("--loss: expected 0 to 1; found " + loss);
      }
    }
  }

  private static void require(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw CommandFailure.badInput(
          "%s: expected %d to %d; found %d".formatted(option, min, max, value));
    }
  }

  private String command(List<Integer> counts, long usedSeed) {
    return "scr bench recovery --programs %s --workers %s --loss %s --rounds %d --slices %d --frames %d --seed %d"
        .formatted(
            String.join(",", programs.stream().map(PacketProgram::programName).toList()),
            list(counts),
            list(losses),
            rounds,
            slices,
            frames,
            usedSeed);
  }

  private static String list(List<? extends Number> numbers) {
    return String.join(",", numbers.stream().map(Number::toString).toList());
  }

  private static List<Row> rows(RecoveryFindings found) {
    return found.lossy().stream().map(lossy -> row(found, lossy)).toList();
  }

  private static Row row(RecoveryFindings found, RecoveryFindings.Lossy lossy) {
    return new Row(
        found.plan().program().programName(),
        found.plan().workers(),
        lossy.loss(),
        rounded(found.off().medianWallNs()),
        rounded(found.on().medianWallNs()),
        rounded(lossy.series().medianWallNs()),
        rounded(RecoveryFindings.wallShare(found.on(), found.off())),
        rounded(RecoveryFindings.wallShare(lossy.series(), found.on())),
        rounded(RecoveryFindings.processorShare(found.on(), found.off())),
        rounded(RecoveryFindings.processorShare(lossy.series(), found.on())),
        lossy.lost(),
        lossy.recovered(),
        lossy.leftOut(),
        lossy.joins(),
        lossy.waits(),
        lossy.pauses(),
        lossy.ahead(),
        found.equal() && lossy.equal());
  }

  private static double rounded(double value) {
    return Math.round(value * 1e3) / 1e3;
  }

  private void print(PrintWriter text, List<Row> rows) {
    text.println(
        Output.table(
            List.of(
                "program",
                "#workers",
                "#loss",
                "#off ns",
                "#on ns",
                "#lossy ns",
                "#on/off",
                "#lossy/on",
                "#on/off cpu",
                "#lossy/on cpu",
                "#lost",
                "#waits",
                "#pauses",
                "#ahead",
                "#recovered",
                "#left out",
                "equal"),
            rows.stream().map(BenchRecoveryCommand::cells).toList()));
    text.printf(
        "depth: workers - 1; ns per packet and throughput as a share, medians over %d rounds of %d slices; cpu: by processor"
            + " time; waits: frames that waited for a peer; pauses: moments in which their workers had nothing"
            + " else to do; ahead: frames stated meanwhile%n",
        rounds, slices);
  }

  private static List<String> cells(Row row) {
    return List.of(
        row.program(),
        String.valueOf(row.workers()),
        String.valueOf(row.loss()),
        decimal(row.offNs(), 1),
        decimal(row.onNs(), 1),
        decimal(row.lossyNs(), 1),
        decimal(row.onByOff(), 2),
        decimal(row.lossyByOn(), 2),
        decimal(row.onByOffProcessor(), 2),
        decimal(row.lossyByOnProcessor(), 2),
        String.valueOf(row.lost()),
        String.valueOf(row.waits()),
        String.valueOf(row.pauses()),
        String.valueOf(row.statedAhead()),
        String.valueOf(row.recovered()),
        String.valueOf(row.leftOut()),
        row.equal() ? "yes" : "NO");
  }

  private static String decimal(double value, int places) {
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
