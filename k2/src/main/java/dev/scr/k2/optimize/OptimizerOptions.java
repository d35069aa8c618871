package dev.scr.k2.optimize;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How programs are optimized.
 *
 * @param target the kernel that is to run the result
 * @param timeLimit for each file; what is not done by then is left out
 * @param steps budget of searches, 0 for none of those that have no end of their own; a run that
 *     does not reach its time limit is the same for the same budget and seed
 * @param seed of everything random
 * @param inputs random inputs that the result must survive at each place
 * @param force whether programs are optimized that the kernel refuses as they are
 * @param kernel whether the kernel is asked at all
 * @param demand what of a result has to be proved
 * @param maxProcessed steps that the verifier may take for a result; 0 is as many as it likes
 * @param jobs programs at a time
 * @param threads for searches in one program
 * @param proofs folder for the SMT-LIB text of what was proved
 * @param cache folder that keeps results
 */
public record OptimizerOptions(
    Objective objective,
    Strategy strategy,
    Target target,
    Duration timeLimit,
    long steps,
    long seed,
    int inputs,
    boolean force,
    boolean kernel,
    ProofDemand demand,
    long maxProcessed,
    int jobs,
    int threads,
    Optional<Path> proofs,
    Optional<Path> cache) {
  /** Steps of searches that take seconds for programs of a hundred instructions. */
  public static final long STEPS = 2_000;

  /** Fewest slots for a target, within a minute. */
  public static OptimizerOptions of(Target target) {
    return new OptimizerOptions(
        Objective.SIZE,
        Strategy.ALL,
        target,
        Duration.ofSeconds(60),
        STEPS,
        1,
        2_000,
        false,
        true,
        ProofDemand.WHOLE,
        0,
        1,
        1,
        Optional.empty(),
        Optional.empty());
  }

  /** The same with another limit of time. */
  public OptimizerOptions within(Duration limit) {
    return new OptimizerOptions(
        objective,
        strategy,
        target,
        limit,
        steps,
        seed,
        inputs,
        force,
        kernel,
        demand,
        maxProcessed,
        jobs,
        threads,
        proofs,
        cache);
  }

  /** The same, for a strategy. */
  public OptimizerOptions by(Strategy other) {
    return new OptimizerOptions(
        objective,
        other,
        target,
        timeLimit,
        steps,
        seed,
        inputs,
        force,
        kernel,
        demand,
        maxProcessed,
        jobs,
        threads,
        proofs,
        cache);
  }

  /** The same, with results kept in a folder. */
  public OptimizerOptions cachedIn(Path folder) {
    return new OptimizerOptions(
        objective,
        strategy,
        target,
        timeLimit,
        steps,
        seed,
        inputs,
        force,
        kernel,
        demand,
        maxProcessed,
        jobs,
        threads,
        proofs,
        Optional.of(folder));
  }

  /** The same, with or without programs that the kernel refuses as they are. */
  public OptimizerOptions forced(boolean value) {
    return new OptimizerOptions(
        objective,
        strategy,
        target,
        timeLimit,
        steps,
        seed,
        inputs,
        value,
        kernel,
        demand,
        maxProcessed,
        jobs,
        threads,
        proofs,
        cache);
  }

  /** The same, with another demand for proofs. */
  public OptimizerOptions demanding(ProofDemand other) {
    return new OptimizerOptions(
        objective,
        strategy,
        target,
        timeLimit,
        steps,
        seed,
        inputs,
        force,
        kernel,
        other,
        maxProcessed,
        jobs,
        threads,
        proofs,
        cache);
  }

  /** The same, for a verifier that may take so many steps; 0 is as many as it likes. */
  public OptimizerOptions verifiedWithin(long steps) {
    return new OptimizerOptions(
        objective,
        strategy,
        target,
        timeLimit,
        this.steps,
        seed,
        inputs,
        force,
        kernel,
        demand,
        steps,
        jobs,
        threads,
        proofs,
        cache);
  }

  /** The same, for one program at a time. */
  public OptimizerOptions alone() {
    return new OptimizerOptions(
        objective,
        strategy,
        target,
        timeLimit,
        steps,
        seed,
        inputs,
        force,
        kernel,
        demand,
        maxProcessed,
        1,
        threads,
        proofs,
        cache);
  }

  /** What a result depends on, besides the program: part of the key in the cache. */
  String fingerprint() {
    return objective
        + " "
        + strategy
        + " "
        + target
        + " "
        + steps
        + " "
        + seed
        + " "
        + demand
        + " "
        + maxProcessed;
  }
}
