package dev.scr.cli;

import dev.scr.cli.report.Machine;
import dev.scr.hosts.bench.RecoveryBenchmark;
import dev.scr.hosts.bench.RecoveryFindings;
import dev.scr.hosts.bench.RecoveryPlan;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
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
          + " losses, by the same warm workers in memory; figures are medians of ratios within a slice.",
      "Exit code 0: all replicas ended equal. 1: they differ."
    })
final class BenchRecoveryCommand implements Callable<Integer> {
  private static final int FLOWS = 1_000;

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
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Workers, each a thread (default: ${DEFAULT-VALUE}).")
  private int workers = 2;

  @Option(
      names = "--loss",
      paramLabel = "RATE",
      description = "Share of the frames that are lost (default: ${DEFAULT-VALUE}).")
  private double loss = 0.01;

  @Option(
      names = "--slices",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Pieces of the trace (default: ${DEFAULT-VALUE}).")
  private int slices = 20;

  @Option(
      names = "--packets",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Packets of each slice (default: ${DEFAULT-VALUE}).")
  private int packets = 20_000;

  @Option(names = "--seed", paramLabel = "S", description = "Makes the same traffic and losses.")
  private @Nullable Long seed;

  /** What JSON says. */
  record Result(Machine machine, List<Row> rows) {}

  /** One program. Shares are of throughput, 1 for no cost. */
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
      boolean equal) {}

  @Override
  public Integer call() throws InterruptedException {
    check();
    long usedSeed = seed == null ? RandomGenerator.getDefault().nextLong(1L << 32) : seed;
    Machine machine = Machine.look(command(usedSeed));
    List<Row> rows = new ArrayList<>();
    for (PacketProgram program : programs) {
      RecoveryPlan plan =
          new RecoveryPlan(program, workers, FLOWS, slices, packets, loss, usedSeed);
      try (Bar bar = Bar.over(program.programName(), slices, output)) {
        rows.add(row(new RecoveryBenchmark(plan).run(bar)));
      }
    }
    Result result = new Result(machine, rows);
    output.result(result, text -> print(text, rows));
    boolean equal = rows.stream().allMatch(Row::equal);
    return (equal ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
  }

  private void check() {
    for (PacketProgram program : programs) {
      require("--workers", workers, 1, program.maxDepth() + 1);
    }
    require("--slices", slices, 1, 10_000);
    require("--packets", packets, 16 * workers, 1_000_000);
    if (!(loss >= 0 && loss <= 1)) {
      throw CommandFailure.badInput("--loss: expected 0 to 1; found " + loss);
    }
  }

  private static void require(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw CommandFailure.badInput(
          "%s: expected %d to %d; found %d".formatted(option, min, max, value));
    }
  }

  private String command(long usedSeed) {
    return "scr bench recovery --programs %s --workers %d --loss %s --slices %d --packets %d --seed %d"
        .formatted(
            String.join(",", programs.stream().map(PacketProgram::programName).toList()),
            workers,
            loss,
            slices,
            packets,
            usedSeed);
  }

  private static Row row(RecoveryFindings found) {
    return new Row(
        found.plan().program().programName(),
        found.plan().workers(),
        found.plan().loss(),
        rounded(found.off().medianWallNs()),
        rounded(found.on().medianWallNs()),
        rounded(found.lossy().medianWallNs()),
        rounded(RecoveryFindings.wallShare(found.on(), found.off())),
        rounded(RecoveryFindings.wallShare(found.lossy(), found.on())),
        rounded(RecoveryFindings.processorShare(found.on(), found.off())),
        rounded(RecoveryFindings.processorShare(found.lossy(), found.on())),
        found.lost(),
        found.recovered(),
        found.leftOut(),
        found.joins(),
        found.equal());
  }

  private static double rounded(double value) {
    return Math.round(value * 1e3) / 1e3;
  }

  private void print(PrintWriter text, List<Row> rows) {
    text.println(
        Output.table(
            List.of(
                "program",
                "#off ns",
                "#on ns",
                "#lossy ns",
                "#on/off",
                "#lossy/on",
                "#on/off cpu",
                "#lossy/on cpu",
                "#lost",
                "#recovered",
                "#left out",
                "equal"),
            rows.stream().map(BenchRecoveryCommand::cells).toList()));
    text.printf(
        "%d workers, depth %d, %s lost; ns per packet and throughput as a share, medians over %d slices;"
            + " cpu: by processor time%n",
        workers, SequencerSettings.depthFor(workers), loss, slices);
  }

  private static List<String> cells(Row row) {
    return List.of(
        row.program(),
        decimal(row.offNs(), 1),
        decimal(row.onNs(), 1),
        decimal(row.lossyNs(), 1),
        decimal(row.onByOff(), 2),
        decimal(row.lossyByOn(), 2),
        decimal(row.onByOffProcessor(), 2),
        decimal(row.lossyByOnProcessor(), 2),
        String.valueOf(row.lost()),
        String.valueOf(row.recovered()),
        String.valueOf(row.leftOut()),
        row.equal() ? "yes" : "NO");
  }

  private static String decimal(double value, int places) {
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
