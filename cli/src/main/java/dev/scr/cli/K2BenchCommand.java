package dev.scr.cli;

import dev.scr.cli.report.K2Plot;
import dev.scr.cli.report.K2Programs;
import dev.scr.cli.report.K2Programs.Bench;
import dev.scr.cli.report.K2Programs.BenchFile;
import dev.scr.cli.report.K2Programs.Known;
import dev.scr.cli.report.K2Programs.Program;
import dev.scr.cli.report.Machine;
import dev.scr.ebpf.isa.BpfException;
import dev.scr.k2.input.InsnsFile;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.optimize.Optimizer;
import dev.scr.k2.optimize.OptimizerOptions;
import dev.scr.k2.optimize.ProgramResult;
import dev.scr.k2.validate.DifferentialOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Optimize everything below a folder (.o and .insns) and print a row per program, beside what"
          + " clang -O2, K2 and Merlin have for the 19 programs of K2's Table 1.",
      "With --out, DIR gets results.json (the document of --json), k2.png and the results below"
          + " optimized/. Exit code 1: the gates caught a wrong result (which is not written)."
    })
final class K2BenchCommand implements Callable<Integer> {
  private static final int BAR_STEPS = 1 << 8;
  private static final int WIDTH = 20;
  private static final List<String> HEADER =
      List.of(
          "file",
          "program",
          "# clang -O2",
          "# K2",
          "# Merlin",
          "# before",
          "# after",
          "#  %",
          "plot",
          "# s",
          "kernel",
          "# inputs",
          "reason");

  @Mixin private Output output = new Output();
  @Mixin private K2Options options = new K2Options();

  @Parameters(index = "0", paramLabel = "DIR", description = "A folder with programs.")
  private Path folder = Path.of("");

  @Option(names = "--out", paramLabel = "DIR", description = "Where the results go.")
  private @Nullable Path out;

  @Option(
      names = "--inputs",
      paramLabel = "N",
      converter = Options.Count.class,
      description =
          "Random inputs that results must survive at each place (default: ${DEFAULT-VALUE}).")
  private int inputs = DifferentialOptions.MANY;

  @Override
  public Integer call() throws IOException {
    List<Path> paths = paths();
    OptimizerOptions chosen = options.options(inputs, Optional.empty());
    List<BenchFile> files;
    try (Interrupt interrupt = Interrupt.listen()) {
      files = run(paths, chosen, interrupt);
      Bench bench = K2Programs.bench(Machine.look(command()), chosen, files);
      if (out != null) {
        Files.createDirectories(out);
        Files.writeString(out.resolve("results.json"), Output.json(bench));
        Optional<byte[]> plot = K2Plot.png(files);
        if (plot.isPresent()) {
          Files.write(out.resolve("k2.png"), plot.get());
        }
      }
      output.result(bench, text -> print(text, bench));
      return (bench.mismatches() == 0 ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
    }
  }

  private List<Path> paths() throws IOException {
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.badInput(folder + ": expected a folder; found none");
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      List<Path> paths =
          walk.filter(path -> Files.isRegularFile(path) && ProgramFile.isNamedSo(path))
              .sorted()
              .toList();
      if (paths.isEmpty()) {
        throw CommandFailure.badInput(
            folder + ": expected .o or .insns files in or below it; found none");
      }
      return paths;
    }
  }

  /** Files are independent: as many at a time as the user wants, and results in their order. */
  private List<BenchFile> run(List<Path> paths, OptimizerOptions chosen, Interrupt interrupt)
      throws IOException {
    List<BenchFile> files = new ArrayList<>();
    OptimizerOptions each = chosen.alone();
    try (Bar bar = Bar.over(String.valueOf(folder), paths.size() * BAR_STEPS, output);
        ExecutorService pool = Executors.newFixedThreadPool(options.jobs())) {
      List<Future<BenchFile>> running = new ArrayList<>();
      for (Path path : paths) {
        running.add(pool.submit(() -> file(path, each, interrupt)));
      }
      for (Future<BenchFile> file : running) {
        files.add(file.get());
        bar.accept(files.size() * BAR_STEPS);
      }
      return files;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("the work ended by a fault", e);
    }
  }

  private BenchFile file(Path path, OptimizerOptions each, Interrupt interrupt) throws IOException {
    String name = folder.relativize(path).toString();
    if (interrupt.getAsBoolean()) {
      return new BenchFile(name, "not looked at: the user ended the work", List.of(), null);
    }
    try {
      ProgramFile file = options.read(path);
      List<ProgramResult> results =
          Optimizer.optimize(file, file.programs(), each, (_, _, _) -> {}, interrupt);
      if (out != null) {
        Path target = out.resolve("optimized").resolve(name);
        Files.createDirectories(target.toAbsolutePath().getParent());
        file.write(target, Optimizer.changed(results));
      }
      List<Program> programs = results.stream().map(K2Programs::program).toList();
      String base = String.valueOf(path.getFileName()).replace(InsnsFile.SUFFIX, "");
      return new BenchFile(name, null, programs, K2Programs.published(base, programs));
    } catch (BpfException e) {
      return new BenchFile(name, e.getMessage(), List.of(), null);
    }
  }

  private String command() {
    return "scr k2 bench DIR --objective %s --strategy %s --time-limit %d --inputs %d --seed %d --jobs %d"
        .formatted(
            Options.lower(options.objective()),
            Options.lower(options.strategy()),
            options.timeLimit(),
            inputs,
            options.seed(),
            options.jobs());
  }

  private static void print(PrintWriter text, Bench bench) {
    List<List<String>> rows = new ArrayList<>();
    for (BenchFile file : bench.files()) {
      for (Program program : file.programs()) {
        rows.add(row(file, program));
      }
    }
    text.println(Output.table(HEADER, rows));
    bench.files().stream()
        .filter(file -> file.reason() != null)
        .forEach(file -> text.printf("not read: %s: %s%n", file.file(), file.reason()));
    text.printf(
        Locale.ROOT,
        "%n%d programs: %d slots, before %d (%.1f %% fewer), %.1f s, %.1f s of processor time, seed %d%n",
        rows.size(),
        bench.total().slotsAfter(),
        bench.total().slotsBefore(),
        100.0
            * (bench.total().slotsBefore() - bench.total().slotsAfter())
            / Math.max(1, bench.total().slotsBefore()),
        bench.total().seconds(),
        bench.total().cpuSeconds(),
        bench.seed());
    text.printf(
        "wrong results caught: %d; the kernel accepts %d results, and accepted %d originals%n",
        bench.mismatches(), bench.accepted(), bench.acceptedBefore());
    Known known = bench.known();
    if (known != null) {
      text.printf(
          "%d programs of K2's Table 1: clang -O2 %d, K2 %d, Merlin about %d, the best of both %d, here"
              + " %d%n",
          known.rows(), known.clang(), known.k2(), known.merlin(), known.best(), known.ours());
    }
  }

  private static List<String> row(BenchFile file, Program program) {
    K2Programs.PublishedRow row = file.published();
    int before = Math.max(1, program.slotsBefore());
    String kernel =
        program.kernel().accepted() == null
            ? "not asked"
            : program.kernel().accepted() ? "accepted" : "refused";
    return List.of(
        K2OptimizeCommand.shortened(file.file()),
        program.name(),
        row == null ? "" : String.valueOf(row.clang()),
        row == null ? "" : String.valueOf(row.k2()),
        row == null ? "" : String.valueOf(row.merlin()),
        String.valueOf(program.slotsBefore()),
        String.valueOf(program.slotsAfter()),
        String.format(Locale.ROOT, "%.1f", 100.0 * program.slotsAfter() / before),
        "#".repeat(Math.min(WIDTH, WIDTH * program.slotsAfter() / before)),
        String.format(Locale.ROOT, "%.1f", program.seconds()),
        kernel,
        String.valueOf(program.differentialInputs()),
        K2OptimizeCommand.shortened(program.reason()));
  }
}
