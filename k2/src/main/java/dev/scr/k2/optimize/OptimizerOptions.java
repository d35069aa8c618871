package dev.scr.k2.optimize;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How programs are optimized.
 *
 * @param goal what is wanted
 * @param budget what may be spent on it
 * @param acceptance what a result has to pass
 * @param folders what is kept beside the result
 */
public record OptimizerOptions(Goal goal, Budget budget, Acceptance acceptance, Folders folders) {
  /** Steps of searches that take seconds for programs of a hundred instructions. */
  public static final long STEPS = 2_000;

  /**
   * What is wanted.
   *
   * @param target the kernel that is to run the result
   */
  public record Goal(Objective objective, Strategy strategy, Target target) {}

  /**
   * What may be spent. A run that does not reach its time limit is the same for the same steps and
   * seed.
   *
   * @param timeLimit for each file; what is not done by then is left out
   * @param steps budget of searches, 0 for none of those that have no end of their own
   * @param seed of everything random
   * @param jobs programs at a time
   * @param threads for searches in one program
   */
  public record Budget(Duration timeLimit, long steps, long seed, int jobs, int threads) {}

  /**
   * What a result has to pass.
   *
   * @param inputs random inputs that it must survive at each place
   * @param kernel whether the kernel is asked at all
   * @param force whether programs are optimized that the kernel refuses as they are
   * @param demand what has to be proved
   * @param maxProcessed steps that the verifier may take; 0 is as many as it likes
   */
  public record Acceptance(
      int inputs, boolean kernel, boolean force, ProofDemand demand, long maxProcessed) {}

  /**
   * What is kept beside the result.
   *
   * @param proofs folder for the SMT-LIB text of what was proved
   * @param cache folder that keeps results
   */
  public record Folders(Optional<Path> proofs, Optional<Path> cache) {
    /** Nothing is kept. */
    public static final Folders NONE = new Folders(Optional.empty(), Optional.empty());
  }

  /** Fewest slots for a target, within a minute. */
  public static OptimizerOptions of(Target target) {
    return new OptimizerOptions(
        new Goal(Objective.SIZE, Strategy.ALL, target),
        new Budget(Duration.ofSeconds(60), STEPS, /* seed= */ 1, /* jobs= */ 1, /* threads= */ 1),
        new Acceptance(
            /* inputs= */ 2_000,
            /* kernel= */ true,
            /* force= */ false,
            ProofDemand.WHOLE,
            /* maxProcessed= */ 0),
        Folders.NONE);
  }

  /** The same for another goal. */
  public OptimizerOptions with(Goal other) {
    return new OptimizerOptions(other, budget, acceptance, folders);
  }

  /** The same with another budget. */
  public OptimizerOptions with(Budget other) {
    return new OptimizerOptions(goal, other, acceptance, folders);
  }

  /** The same for results that have to pass something else. */
  public OptimizerOptions with(Acceptance other) {
    return new OptimizerOptions(goal, budget, other, folders);
  }

  /** The same with other things kept. */
  public OptimizerOptions with(Folders other) {
    return new OptimizerOptions(goal, budget, acceptance, other);
  }

  /** The same with another limit of time. */
  public OptimizerOptions within(Duration limit) {
    return with(new Budget(limit, budget.steps(), budget.seed(), budget.jobs(), budget.threads()));
  }

  /** The same for one program at a time. */
  public OptimizerOptions alone() {
    return with(new Budget(budget.timeLimit(), budget.steps(), budget.seed(), 1, budget.threads()));
  }

  /** What a result depends on, besides the program: part of the key in the cache. */
  String fingerprint() {
    return "%s %s %s %d %d %s %d"
        .formatted(
            goal.objective(),
            goal.strategy(),
            goal.target(),
            budget.steps(),
            budget.seed(),
            acceptance.demand(),
            acceptance.maxProcessed());
  }
}
