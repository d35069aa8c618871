package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.rewrite.Rewriter;
import dev.scr.k2.rewrite.Walk;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Directed rewrites. Each is kept only if the kernel accepts the program with it. Should the end of
 * the sequence of programs not pass the judge, the last one that does is found by bisection.
 */
final class RewriteStage implements Stage {
  private final String name;
  private final int steps;

  private RewriteStage(String name, int steps) {
    this.name = name;
    this.steps = steps;
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
      ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
    Rewriter.Result all =
        Rewriter.rewrite(
            program,
            options.target().rewriteOptions(options.objective()),
            steps == 0 ? Walk.NONE : Walk.of(options.seed(), steps),
            judge::loads,
            stop);
    if (all.program().equals(program)) {
      return Step.nothing(program);
    }
    if (judge.passes(all.program())) {
      return new Step(all.program(), all.applied(), 0, 0);
    }
    List<ProgramSpec> ladder = all.ladder();
    int good = -1;
    int bad = ladder.size();
    while (bad - good > 1 && !stop.getAsBoolean()) {
      int middle = (good + bad) >>> 1;
      if (judge.passes(ladder.get(middle))) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good < 0 ? Step.nothing(program) : new Step(ladder.get(good), all.applied(), 0, 0);
  }
}
