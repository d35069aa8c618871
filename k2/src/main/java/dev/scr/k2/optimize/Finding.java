package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.proof.ProofStatistics;
import dev.scr.k2.validate.DifferentialReport;
import dev.scr.k2.validate.KernelVerdict;
import java.util.Map;
import java.util.Optional;

/**
 * A version of a program, how it came about and what is known of it.
 *
 * @param rewrites what was applied to the original, and how often
 * @param proof what is proved of the whole
 * @param statistics of that proof
 * @param proofs paths and windows that were proved on the way
 * @param solverSeconds that these took
 * @param kernel what the verifier said of it
 * @param cached whether an earlier run has found it
 */
record Finding(
    ProgramSpec program,
    Map<String, Integer> rewrites,
    Proof proof,
    ProofStatistics statistics,
    long proofs,
    double solverSeconds,
    Optional<DifferentialReport> differential,
    KernelVerdict kernel,
    boolean cached) {

  /** The original, of which the verifier has said that. */
  static Finding unchanged(ProgramSpec original, KernelVerdict kernel) {
    return new Finding(
        original,
        Map.of(),
        Proof.UNCHANGED,
        ProofStatistics.NONE,
        0,
        0,
        Optional.empty(),
        kernel,
        false);
  }

  /** What has passed all gates but the proof of the whole, on top of this one's effort. */
  Finding passed(ProgramSpec next, Map<String, Integer> applied, Gates.Outcome outcome) {
    return new Finding(
        next,
        applied,
        Proof.BY_PARTS,
        ProofStatistics.NONE,
        proofs,
        solverSeconds,
        outcome.differential(),
        outcome.verdict(),
        false);
  }

  /** The same, with more proofs on the way. */
  Finding after(long moreProofs, double moreSeconds) {
    return with(proof, statistics, proofs + moreProofs, solverSeconds + moreSeconds, cached);
  }

  /** The same, proved as a whole. */
  Finding proved(ProofStatistics whole) {
    return with(
        Proof.EQUIVALENT,
        whole,
        proofs + whole.paths(),
        solverSeconds + whole.solverNanos() / 1e9,
        cached);
  }

  /** The same, of which the whole is not proved, by what was demanded instead. */
  Finding unproved(ProofDemand demand) {
    return with(
        demand == ProofDemand.WINDOWS ? Proof.BY_WINDOWS : Proof.BY_PARTS,
        statistics,
        proofs,
        solverSeconds,
        cached);
  }

  /** The same, from an earlier run. */
  Finding fromCache() {
    return with(proof, statistics, proofs, solverSeconds, true);
  }

  private Finding with(
      Proof by, ProofStatistics whole, long count, double seconds, boolean fromCache) {
    return new Finding(
        program, rewrites, by, whole, count, seconds, differential, kernel, fromCache);
  }
}
