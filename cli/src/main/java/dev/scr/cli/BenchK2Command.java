package dev.scr.cli;

import dev.scr.cli.report.Machine;
import dev.scr.k2.proof.CheckerBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "k2",
    mixinStandardHelpOptions = true,
    description = {
      "How fast the optimizer's checker decides whether a window of instructions and a candidate for"
          + " its place do the same: checks per second, median and 99th percentile of one, and what"
          + " answers them. Windows are random, candidates such as a search proposes.",
      "With --out, DIR gets results.json, the document of --json."
    })
final class BenchK2Command implements Callable<Integer> {
  private static final int WARM_UP_WINDOWS = 300;

  @Mixin private Output output = new Output();

  @Option(names = "--out", paramLabel = "DIR", description = "Where the results go.")
  private @Nullable Path out;

  @Option(
      names = "--windows",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Windows, each with 40 candidates (default: ${DEFAULT-VALUE}).")
  private int windows = 500;

  @Option(
      names = "--length",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Instructions of a window (default: ${DEFAULT-VALUE}).")
  private int length = 6;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of windows and candidates (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  /**
   * What JSON says.
   *
   * @param checks that had to be decided; {@code answered} adds those that were known
   */
  record Result(
      Machine machine,
      long seed,
      int windows,
      int length,
      int checks,
      double checksPerSecond,
      long medianNs,
      long p99Ns,
      Answered answered) {}

  /** What gave the answer, as shares of all candidates; together 1. */
  record Answered(
      double cache,
      double rules,
      double inputs,
      double normalForm,
      double solver,
      double unknown) {}

  @Override
  public Integer call() throws IOException {
    K2Options.require("--windows", windows, 1, 1_000_000);
    K2Options.require("--length", length, 2, 24);
    CheckerBenchmark.run(Math.min(windows, WARM_UP_WINDOWS), length, seed + 1);
    Machine machine =
        Machine.look(
            "scr bench k2 --windows %d --length %d --seed %d".formatted(windows, length, seed));
    CheckerBenchmark.Result found = CheckerBenchmark.run(windows, length, seed);
    Result result =
        new Result(
            machine,
            seed,
            windows,
            length,
            found.checks(),
            Math.rint(found.checksPerSecond()),
            found.medianNanos(),
            found.p99Nanos(),
            answered(found));
    if (out != null) {
      Files.createDirectories(out);
      Files.writeString(out.resolve("results.json"), Output.json(result));
    }
    output.result(result, text -> print(text, result));
    return ExitCode.DONE.number();
  }

  private static Answered answered(CheckerBenchmark.Result found) {
    double all = Math.max(1, found.checks() + found.byCache());
    return new Answered(
        share(found.byCache(), all),
        share(found.refused(), all),
        share(found.byInputs(), all),
        share(found.byNormalForm(), all),
        share(found.bySolver(), all),
        share(found.unknown(), all));
  }

  private static double share(int count, double all) {
    return Math.rint(1e4 * count / all) / 1e4;
  }

  private static void print(PrintWriter text, Result result) {
    text.printf(
        Locale.ROOT,
        "%d checks of candidates for %d windows of %d instructions, seed %d%n",
        result.checks(),
        result.windows(),
        result.length(),
        result.seed());
    text.printf(
        Locale.ROOT,
        "%.0f checks per second, median %.3f ms, 99th percentile %.3f ms%n",
        result.checksPerSecond(),
        result.medianNs() / 1e6,
        result.p99Ns() / 1e6);
    Answered by = result.answered();
    text.printf(
        Locale.ROOT,
        "answered by cache %.1f %%, rules of access %.1f %%, inputs %.1f %%, normal form %.1f %%,"
            + " solver %.1f %%, unknown %.1f %%%n",
        100 * by.cache(),
        100 * by.rules(),
        100 * by.inputs(),
        100 * by.normalForm(),
        100 * by.solver(),
        100 * by.unknown());
  }
}
