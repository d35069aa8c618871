package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.rewrite.RewriteOptions;
import dev.scr.k2.rewrite.Rewriter;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Directed rewrites. If what they make does not pass the gate, the longest beginning of the same
 * sequence of rewrites that does is found by bisection: the rewriter is deterministic, and can be
 * told to stop after any number of steps.
 */
final class RewriteStage implements Stage {
  private final String name;
  private final int walk;

  private RewriteStage(String name, int walk) {
    this.name = name;
    this.walk = walk;
  }

  /** Rewrites that pay at once. */
  static RewriteStage direct() {
    return new RewriteStage("rewrite", 0);
  }

  /** Rewrites, and a walk of so many steps among equivalent programs. */
  static RewriteStage walking(int steps) {
    return new RewriteStage("walk", steps);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Step run(
      ProgramSpec program,
      OptimizerOptions options,
      Predicate<ProgramSpec> gate,
      BooleanSupplier stop) {
    RewriteOptions rewrites = options.target().rewriteOptions(options.objective());
    AtomicInteger asked = new AtomicInteger();
    Rewriter.Result all =
        Rewriter.rewrite(
            program,
            rewrites,
            options.seed(),
            walk,
            () -> {
              asked.incrementAndGet();
              return stop.getAsBoolean();
            });
    if (all.program().equals(program)) {
      return Step.nothing(program);
    }
    if (gate.test(all.program())) {
      return step(all);
    }
    int good = 0;
    int bad = asked.get();
    Step best = Step.nothing(program);
    while (bad - good > 1 && !stop.getAsBoolean()) {
      int middle = (good + bad) >>> 1;
      Rewriter.Result some = beginning(program, rewrites, options.seed(), middle, stop);
      if (some.program().equals(program) || gate.test(some.program())) {
        good = middle;
        best = step(some);
      } else {
        bad = middle;
      }
    }
    return best;
  }

  private Rewriter.Result beginning(
      ProgramSpec program, RewriteOptions rewrites, long seed, int steps, BooleanSupplier stop) {
    AtomicInteger asked = new AtomicInteger();
    return Rewriter.rewrite(
        program,
        rewrites,
        seed,
        walk,
        () -> asked.incrementAndGet() > steps || stop.getAsBoolean());
  }

  private static Step step(Rewriter.Result result) {
    return new Step(result.program(), result.applied(), 0, 0);
  }
}
