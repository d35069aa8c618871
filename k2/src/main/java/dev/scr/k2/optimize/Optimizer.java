package dev.scr.k2.optimize;

import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.proof.ProofStatistics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/**
 * Optimizes the programs of a file. Every result has passed the gates: it is not written if runs
 * beside the original show a difference, or the kernel's verifier refuses it.
 */
public final class Optimizer {
  /**
   * How long before its end the work is told to come to one, at least: gates take their time. Where
   * they have been seen to take longer, that long, but at most half of the time.
   */
  private static final double RESERVED_SHARE = 0.2;

  private static final long MOST_RESERVED_NS = 2_000_000_000L;

  /** How long after the limit a result is waited for. */
  private static final long GRACE_NS = 500_000_000L;

  private static final long POLL_MS = 20;

  private Optimizer() {}

  /**
   * Optimizes programs of a file, as many at a time as the options say.
   *
   * @param programs of the file
   * @param cancelled asked often; once it says yes, the best so far is returned at once
   * @return a result for each program, in the same order
   */
  public static List<ProgramResult> optimize(
      ProgramFile file,
      List<ProgramSpec> programs,
      OptimizerOptions options,
      Progress progress,
      BooleanSupplier cancelled) {
    long startNs = System.nanoTime();
    long limitNs = options.budget().timeLimit().toNanos();
    List<Future<ProgramResult>> running = new ArrayList<>();
    List<ProgramResult> results = new ArrayList<>();
    SharedFunctions shared =
        SharedFunctions.of(
            file,
            programs,
            options,
            progress,
            () -> cancelled.getAsBoolean() || System.nanoTime() - startNs >= limitNs / 4);
    AtomicInteger waiting = new AtomicInteger(programs.size());
    try (ExecutorService jobs = Executors.newFixedThreadPool(options.budget().jobs())) {
      for (ProgramSpec program : programs) {
        running.add(
            jobs.submit(() -> {
              long leftNs = Math.max(0, limitNs - (System.nanoTime() - startNs));
              long shareNs = share(leftNs, waiting.getAndDecrement(), options.budget().jobs());
              return run(file, program, options, shared, progress, cancelled, shareNs);
            }));
      }
      for (Future<ProgramResult> result : running) {
        results.add(result.get());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted");
    } catch (ExecutionException e) {
      throw new IllegalStateException("the work ended by a fault", e);
    }
    return writable(file, results);
  }

  /**
   * The part of the time left that a program gets: none takes it from those that wait, and what it
   * does not need is theirs.
   *
   * @param waiting programs that are to run in this time, this one included
   */
  static long share(long leftNs, int waiting, int jobs) {
    return waiting <= jobs ? leftNs : leftNs / waiting * jobs;
  }

  private static ProgramResult run(
      ProgramFile file,
      ProgramSpec program,
      OptimizerOptions options,
      SharedFunctions shared,
      Progress progress,
      BooleanSupplier cancelled,
      long limitNs) {
    long startNs = System.nanoTime();
    long reservedNs = Math.min(MOST_RESERVED_NS, (long) (limitNs * RESERVED_SHARE));
    LongPredicate over =
        gatesNs ->
            cancelled.getAsBoolean()
                || System.nanoTime() - startNs
                    >= limitNs - Math.max(reservedNs, Math.min(gatesNs, limitNs / 2));
    ProgramJob job =
        new ProgramJob(file, program, options, stages(options), shared, progress, over);
    // A stage that does not look at its watch must not hold up the result: it is left behind, and
    // what it is at ends at the next question to a solver, or the next run.
    Thread worker = Thread.ofPlatform().daemon().name("optimize " + program.name()).start(job);
    try {
      while (worker.isAlive()
          && System.nanoTime() - startNs < limitNs + GRACE_NS
          && !cancelled.getAsBoolean()) {
        worker.join(POLL_MS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    ProgramResult result = job.result();
    worker.interrupt();
    return result;
  }

  static List<Stage> stages(OptimizerOptions options) {
    int walk = (int) Math.min(Integer.MAX_VALUE, options.budget().steps());
    return switch (options.goal().strategy()) {
      case REWRITE -> List.of(RewriteStage.direct(), RewriteStage.walking(walk));
      case SYNTHESIS -> List.of(SearchStage.quickSynthesis(), SearchStage.thoroughSynthesis());
      case STOCHASTIC -> List.of(SearchStage.stochastic(options.budget().steps()));
      case ALL ->
          List.of(
              RewriteStage.direct(),
              SearchStage.quickSynthesis(),
              RewriteStage.walking(walk),
              SearchStage.thoroughSynthesis(),
              SearchStage.stochastic(options.budget().steps()));
    };
  }

  /**
   * Programs that share a function must change it alike. Where one did not come to that, for want
   * of time, all that have another version than the original stay as they were.
   */
  private static List<ProgramResult> writable(ProgramFile file, List<ProgramResult> results) {
    if (isWritable(file, results)) {
      return results;
    }
    List<ProgramResult> kept = new ArrayList<>();
    for (ProgramResult result : results) {
      kept.add(isWritable(file, List.of(result)) ? result : undone(result));
    }
    if (isWritable(file, kept)) {
      return kept;
    }
    return results.stream().map(Optimizer::undone).toList();
  }

  private static boolean isWritable(ProgramFile file, List<ProgramResult> results) {
    try {
      file.encode(Path.of(file.name()), changed(results));
      return true;
    } catch (BpfException _) {
      return false;
    }
  }

  private static ProgramResult undone(ProgramResult result) {
    if (!result.changed()) {
      return result;
    }
    return new ProgramResult(
        result.original(),
        result.original(),
        "left as it is: the object cannot hold this version beside those of its other programs",
        result.seconds(),
        result.cpuSeconds(),
        java.util.Map.of(),
        Proof.UNCHANGED,
        ProofStatistics.NONE,
        0,
        result.solverSeconds(),
        java.util.Optional.empty(),
        result.before(),
        result.before(),
        false,
        result.complete(),
        result.wrong());
  }

  /** The programs that are to be written in place of the originals. */
  public static List<ProgramSpec> changed(List<ProgramResult> results) {
    return results.stream().filter(ProgramResult::changed).map(ProgramResult::result).toList();
  }
}
