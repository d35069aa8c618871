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
 */
public record CheckerOptions(
    boolean unaligned,
    Duration solverTimeout,
    int solverResources,
    int maxPaths,
    int maxSteps,
    int differentialInputs,
    long seed) {

  /** Unaligned accesses as on x86, a few seconds for the hardest question. */
  public static final CheckerOptions DEFAULT =
      new CheckerOptions(true, Duration.ofSeconds(10), 0, 20_000, 20_000, 64, 1);

  /** The same with another time limit. */
  public CheckerOptions withSolverTimeout(Duration timeout) {
    return new CheckerOptions(
        unaligned, timeout, solverResources, maxPaths, maxSteps, differentialInputs, seed);
  }

  /** The same with or without unaligned accesses. */
  public CheckerOptions withUnaligned(boolean allowed) {
    return new CheckerOptions(
        allowed, solverTimeout, solverResources, maxPaths, maxSteps, differentialInputs, seed);
  }

  /** The same with another seed. */
  public CheckerOptions withSeed(long newSeed) {
    return new CheckerOptions(
        unaligned, solverTimeout, solverResources, maxPaths, maxSteps, differentialInputs, newSeed);
  }
}
