package dev.scr.cli;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.optimize.Objective;
import dev.scr.k2.optimize.OptimizerOptions;
import dev.scr.k2.optimize.OptimizerOptions.Acceptance;
import dev.scr.k2.optimize.OptimizerOptions.Budget;
import dev.scr.k2.optimize.OptimizerOptions.Folders;
import dev.scr.k2.optimize.OptimizerOptions.Goal;
import dev.scr.k2.optimize.ProofDemand;
import dev.scr.k2.optimize.Strategy;
import dev.scr.k2.optimize.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How programs are optimized, as the user says it. */
final class K2Options {
  private static final int LONGEST_SECONDS = 30 * 24 * 3600;

  @Option(
      names = "--objective",
      paramLabel = "O",
      description = "size (slots of 8 bytes) or latency (default: size).")
  private Objective objective = Objective.SIZE;

  @Option(
      names = "--strategy",
      paramLabel = "S",
      description = "all, rewrite, synthesis or stochastic (default: all).")
  private Strategy strategy = Strategy.ALL;

  @Option(
      names = "--target",
      paramLabel = "T",
      description =
          "The kernel that is to run it: host (this one, as it says itself), v1, v2, v3 or v4"
              + " (default: host).")
  private String target = "host";

  @Option(
      names = "--type",
      paramLabel = "T",
      description =
          "What the programs of an object are whose section does not say it, because their loader"
              + " knows (tc, Cilium): xdp, tc, socket or tracepoint.")
  private @Nullable String type;

  @Option(
      names = "--aligned-packets",
      description =
          "Do not make accesses of packets and map values that are not aligned to their size; by"
              + " default they are made where the target allows them, as x86 does.")
  private boolean aligned;

  @Option(names = "--seed", paramLabel = "S", description = "Of searches and inputs (default: 1).")
  private long seed = 1;

  @Option(
      names = "--steps",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Budget of searches without an end of their own (default: ${DEFAULT-VALUE}).")
  private int steps = (int) OptimizerOptions.STEPS;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Keep results there, and go on from those that are there.")
  private @Nullable Path cache;

  @Option(
      names = "--force",
      description = "Also optimize programs that the kernel refuses as they are.")
  private boolean force;

  @Option(
      names = "--allow-unproved",
      description =
          "Keep results that cannot be proved as a whole, or not in time, if they pass all other"
              + " gates; the report says so.")
  private boolean unproved;

  @Option(
      names = "--proof",
      paramLabel = "P",
      description =
          "What has to be proved of a result: whole (it does what the original does), windows (the"
              + " same; where nothing can be proved of the whole, as of long loops, that each window"
              + " that was replaced does the same where it stands), runs (as --allow-unproved)"
              + " (default: whole).")
  private ProofDemand demand = ProofDemand.WHOLE;

  @Option(
      names = "--max-processed",
      paramLabel = "N",
      converter = Options.Count.class,
      description =
          "Refuse results for which the kernel's verifier takes more steps than this (default: 0, no"
              + " limit but the kernel's own of 1,000,000).")
  private int maxProcessed;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Programs at a time (default: 1).")
  private int jobs = 1;

  @Option(
      names = "--time-limit",
      paramLabel = "SEC",
      converter = Options.Count.class,
      description = "Seconds for a file; the best so far is taken then (default: 60).")
  private int timeLimit = 60;

  long seed() {
    return seed;
  }

  int jobs() {
    return jobs;
  }

  int timeLimit() {
    return timeLimit;
  }

  Objective objective() {
    return objective;
  }

  Strategy strategy() {
    return strategy;
  }

  /** The options of the optimizer; {@code inputs} that results must survive. */
  OptimizerOptions options(int inputs, Optional<Path> proofs) {
    if (!Target.NAMES.contains(target)) {
      throw CommandFailure.badInput(
          "--target: expected one of %s; found '%s'".formatted(Target.NAMES, target));
    }
    if (type != null && !ProgramFile.KINDS.contains(type)) {
      throw CommandFailure.badInput(
          "--type: expected one of %s; found '%s'".formatted(ProgramFile.KINDS, type));
    }
    require("--jobs", jobs, 1, 256);
    require("--time-limit", timeLimit, 0, LONGEST_SECONDS);
    Target named = Target.named(target);
    return new OptimizerOptions(
        new Goal(objective, strategy, aligned ? named.aligned() : named),
        new Budget(
            Duration.ofSeconds(timeLimit),
            steps,
            seed,
            jobs,
            Math.max(1, Runtime.getRuntime().availableProcessors() / jobs)),
        new Acceptance(
            inputs, /* kernel= */ true, force, unproved ? ProofDemand.RUNS : demand, maxProcessed),
        new Folders(proofs, Optional.ofNullable(cache)));
  }

  /** A file, its programs being what the user says where their sections say nothing. */
  ProgramFile read(Path path) throws IOException {
    return type == null ? ProgramFile.read(path) : ProgramFile.read(path, type);
  }

  static void require(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw CommandFailure.badInput(
          "%s: expected %d to %d; found %d".formatted(option, min, max, value));
    }
  }

  /** The programs of a file that the user chose, else all. */
  static List<ProgramSpec> chosen(Path path, ProgramFile file, @Nullable String section) {
    if (file.programs().isEmpty()) {
      throw CommandFailure.badInput(path + ": expected a program, found none");
    }
    if (section == null) {
      return file.programs();
    }
    return List.of(
        file.program(section)
            .orElseThrow(() ->
                CommandFailure.badInput(
                    "%s: expected --section to name a function or section of %s; found '%s'"
                        .formatted(
                            path,
                            file.programs().stream()
                                .map(p -> p.section() + " " + p.name())
                                .toList(),
                            section))));
  }
}
