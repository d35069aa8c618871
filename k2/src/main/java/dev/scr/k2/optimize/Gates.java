package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.proof.EquivalenceChecker;
import dev.scr.k2.proof.ProofStatistics;
import dev.scr.k2.proof.Verdict;
import dev.scr.k2.validate.DifferentialOptions;
import dev.scr.k2.validate.DifferentialReport;
import dev.scr.k2.validate.DifferentialRun;
import dev.scr.k2.validate.KernelGate;
import dev.scr.k2.validate.KernelVerdict;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a result must pass before it may be written: the kernel's verifier, unless it cannot be
 * asked or refuses the original as well; a proof that it is equivalent to the original; and runs
 * beside the original. Thread-safe: one candidate at a time.
 */
final class Gates implements Judge {
  private static final int QUICK_INPUTS = 300;

  private final ProgramFile file;
  private final ProgramSpec original;
  private final KernelVerdict before;
  private final KernelGate kernel;
  private final EquivalenceChecker checker;
  private final OptimizerOptions options;
  private final BooleanSupplier stop;

  Gates(
      ProgramFile file,
      ProgramSpec original,
      KernelVerdict before,
      KernelGate kernel,
      EquivalenceChecker checker,
      OptimizerOptions options,
      BooleanSupplier stop) {
    this.file = file;
    this.original = original;
    this.before = before;
    this.kernel = kernel;
    this.checker = checker;
    this.options = options;
    this.stop = stop;
  }

  /**
   * What came out of all gates.
   *
   * @param refusal why the candidate does not pass; empty if it does
   * @param proofs pairs of paths that were proved to do the same
   * @param solverSeconds that this took in the solver
   */
  record Outcome(
      Optional<String> refusal,
      KernelVerdict verdict,
      long proofs,
      double solverSeconds,
      Optional<DifferentialReport> differential) {
    static Outcome refused(String why, KernelVerdict verdict) {
      return new Outcome(Optional.of(why), verdict, 0, 0, Optional.empty());
    }
  }

  @Override
  public synchronized boolean loads(ProgramSpec candidate) {
    return !before.accepted() || kernel.judge(candidate).accepted();
  }

  @Override
  public synchronized boolean passes(ProgramSpec candidate) {
    return pass(candidate, Math.min(QUICK_INPUTS, options.inputs())).refusal().isEmpty();
  }

  /** Sends a candidate through all gates. */
  synchronized Outcome full(ProgramSpec candidate) {
    return pass(candidate, options.inputs());
  }

  private Outcome pass(ProgramSpec candidate, int inputs) {
    KernelVerdict verdict = kernel.judge(candidate);
    if (before.accepted() && !verdict.accepted()) {
      return Outcome.refused("the kernel refuses the result: " + verdict.logTail(), verdict);
    }
    return switch (checker.check(original, candidate)) {
      case Verdict.Equivalent(ProofStatistics proof) -> compared(candidate, inputs, verdict, proof);
      case Verdict.Different different ->
          Outcome.refused("the result is different: " + different.why(), verdict);
      case Verdict.Unknown(String reason) ->
          Outcome.refused("the result is not proved: " + reason, verdict);
    };
  }

  private Outcome compared(
      ProgramSpec candidate, int inputs, KernelVerdict verdict, ProofStatistics proof) {
    DifferentialReport report =
        DifferentialRun.run(
            file,
            original,
            candidate,
            new DifferentialOptions(
                inputs, options.seed(), options.kernel() && before.accepted(), stop));
    Optional<String> refusal =
        report
            .difference()
            .map(found -> "the result differs in the " + found.place() + ": " + found.what());
    return new Outcome(
        refusal, verdict, proof.paths(), proof.solverNanos() / 1e9, Optional.of(report));
  }
}
