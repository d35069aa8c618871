package dev.scr.k2.proof;

import java.time.Duration;

/**
 * What a checker may assume and spend. Two runs with the same options give the same verdict, unless
 * {@code solverTimeout} strikes.
 *
 * @param unaligned whether accesses to packets and map values need no alignment: true on x86 and
 *     arm64, where the kernel's verifier demands none
 * @param solverTimeout wall time for one question to Z3
 * @param solverResources Z3's own measure of work for one question ({@code rlimit}); 0 is unlimited
 * @param maxPaths pairs of paths that are looked at before a program counts as too large
 * @param maxSteps instructions on one path, which bounds the unrolling of loops
 * @param differentialInputs random inputs that are run before a proof is tried, for programs that
 *     can run here
 * @param seed of everything random
 * @param timeLimit wall time for one pair of programs; the verdict is "unknown" when it is over
 */
public record CheckerOptions(
    boolean unaligned,
    Duration solverTimeout,
    int solverResources,
    int maxPaths,
    int maxSteps,
    int differentialInputs,
    long seed,
    Duration timeLimit) {

  private static final Duration DEFAULT_TIME_LIMIT = Duration.ofMinutes(5);

  /** Unaligned accesses as on x86, a few seconds for the hardest question. */
  public static final CheckerOptions DEFAULT =
      new CheckerOptions(true, Duration.ofSeconds(10), 0, 20_000, 20_000, 64, 1);

  /** Options with a time limit of five minutes for a pair of programs. */
  public CheckerOptions(
      boolean unaligned,
      Duration solverTimeout,
      int solverResources,
      int maxPaths,
      int maxSteps,
      int differentialInputs,
      long seed) {
    this(
        unaligned,
        solverTimeout,
        solverResources,
        maxPaths,
        maxSteps,
        differentialInputs,
        seed,
        DEFAULT_TIME_LIMIT);
  }

  /** The same with another time limit for one question. */
  public CheckerOptions withSolverTimeout(Duration timeout) {
    return new CheckerOptions(
        unaligned,
        timeout,
        solverResources,
        maxPaths,
        maxSteps,
        differentialInputs,
        seed,
        timeLimit);
  }

  /** The same with another limit on Z3's work for one question; 0 is unlimited. */
  public CheckerOptions withSolverResources(int resources) {
    return new CheckerOptions(
        unaligned,
        solverTimeout,
        resources,
        maxPaths,
        maxSteps,
        differentialInputs,
        seed,
        timeLimit);
  }

  /** The same with or without unaligned accesses. */
  public CheckerOptions withUnaligned(boolean allowed) {
    return new CheckerOptions(
        allowed,
        solverTimeout,
        solverResources,
        maxPaths,
        maxSteps,
        differentialInputs,
        seed,
        timeLimit);
  }

  /** The same with another seed. */
  public CheckerOptions withSeed(long newSeed) {
    return new CheckerOptions(
        unaligned,
        solverTimeout,
        solverResources,
        maxPaths,
        maxSteps,
        differentialInputs,
        newSeed,
        timeLimit);
  }

  /** The same with another time limit for one pair of programs. */
  public CheckerOptions withTimeLimit(Duration limit) {
    return new CheckerOptions(
        unaligned,
        solverTimeout,
        solverResources,
        maxPaths,
        maxSteps,
        differentialInputs,
        seed,
        limit);
  }
}
