package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.proof.Counterexample;
import dev.scr.k2.proof.EquivalenceChecker;
import dev.scr.k2.proof.ProofStatistics;
import dev.scr.k2.proof.Verdict;
import dev.scr.k2.validate.DifferentialOptions;
import dev.scr.k2.validate.DifferentialReport;
import dev.scr.k2.validate.DifferentialRun;
import dev.scr.k2.validate.KernelGate;
import dev.scr.k2.validate.KernelVerdict;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a result must pass before it may be written: the kernel's verifier, unless it cannot be
 * asked or refuses the original as well, runs beside the original, and the proof that it does the
 * same. Thread-safe: one candidate at a time.
 */
final class Gates implements Judge, AutoCloseable {
  private static final int QUICK_INPUTS = 300;

  private static final Duration ONE_QUESTION = Duration.ofSeconds(2);
  private static final int MOST_PATHS = 20_000;
  private static final int LONGEST_PATH = 20_000;

  private final ProgramFile file;
  private final ProgramSpec original;
  private final KernelVerdict before;
  private final KernelGate kernel;
  private final OptimizerOptions options;
  private final BooleanSupplier stop;
  private final EquivalenceChecker checker;
  private final Passed passed;
  private Optional<String> refusal = Optional.empty();

  /** The last program that was proved, and how. */
  private ProgramSpec proved;

  private ProofStatistics provedBy = ProofStatistics.NONE;

  Gates(
      ProgramFile file,
      ProgramSpec original,
      KernelVerdict before,
      KernelGate kernel,
      OptimizerOptions options,
      Passed passed,
      BooleanSupplier stop) {
    this.file = file;
    this.original = original;
    this.proved = original;
    this.before = before;
    this.kernel = kernel;
    this.options = options;
    this.passed = passed;
    this.stop = stop;
    this.checker =
        EquivalenceChecker.create(
            new CheckerOptions(
                options.target().features().unalignedPackets(),
                ONE_QUESTION,
                0,
                MOST_PATHS,
                LONGEST_PATH,
                0,
                options.seed()));
  }

  /**
   * What came out of all gates.
   *
   * @param refusal why the candidate does not pass; empty if it does
   */
  record Outcome(
      Optional<String> refusal, KernelVerdict verdict, Optional<DifferentialReport> differential) {}

  @Override
  public synchronized boolean loads(ProgramSpec candidate) {
    return !before.accepted() || kernel.judge(candidate).accepted();
  }

  @Override
  public synchronized boolean passes(ProgramSpec candidate) {
    Outcome outcome = pass(candidate, Math.min(QUICK_INPUTS, options.inputs()));
    if (outcome.refusal().isPresent()) {
      refusal = outcome.refusal();
      return false;
    }
    Verdict verdict = prove(candidate);
    if (!isPassed(verdict)) {
      refusal = Optional.of(why(verdict));
    }
    if (verdict instanceof Verdict.Equivalent(ProofStatistics proof)) {
      passed.take(candidate, outcome, proof);
    }
    return isPassed(verdict);
  }

  /** Is told what comes of candidates. */
  interface Passed {
    /** One is proved, and passes all gates with few inputs. */
    void take(ProgramSpec candidate, Outcome outcome, ProofStatistics proof);

    /** One does not do what the original does: a fault of what made it. */
    void caught(String difference);
  }

  /**
   * What a proof says: from the original at once, or else in a step from the last program that was
   * proved.
   */
  synchronized Verdict prove(ProgramSpec candidate) {
    Verdict verdict = checker.check(original, candidate);
    if (verdict instanceof Verdict.Unknown && !proved.equals(original)) {
      Verdict step = checker.checkStep(proved, candidate);
      if (step instanceof Verdict.Equivalent(ProofStatistics statistics)) {
        verdict = new Verdict.Equivalent(provedBy.and(statistics));
      }
    }
    if (verdict instanceof Verdict.Equivalent(ProofStatistics statistics)) {
      proved = candidate;
      provedBy = statistics;
    }
    if (verdict instanceof Verdict.Different) {
      passed.caught(why(verdict));
    }
    return verdict;
  }

  /** Why a proof does not let a candidate through. */
  static String why(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Equivalent _ -> "";
      case Verdict.Different(Counterexample _, String why) ->
          "the proof found a difference: " + why;
      case Verdict.Unknown(String reason) -> reason;
    };
  }

  /** Why the last candidate that {@link #passes} turned away did not pass, told once. */
  synchronized Optional<String> takeRefusal() {
    Optional<String> last = refusal;
    refusal = Optional.empty();
    return last;
  }

  /** Whether a verdict lets a candidate through: one that proves it, or none, if that will do. */
  boolean isPassed(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Equivalent _ -> true;
      case Verdict.Different _ -> false;
      case Verdict.Unknown _ -> !options.proofRequired();
    };
  }

  @Override
  public void close() {
    checker.close();
  }

  /** Sends a candidate through all gates. */
  synchronized Outcome full(ProgramSpec candidate) {
    return pass(candidate, options.inputs());
  }

  private Outcome pass(ProgramSpec candidate, int inputs) {
    KernelVerdict verdict = kernel.judge(candidate);
    if (before.accepted() && !verdict.accepted()) {
      return new Outcome(
          Optional.of("the kernel refuses the result: " + verdict.logTail()),
          verdict,
          Optional.empty());
    }
    DifferentialReport report =
        DifferentialRun.run(
            file,
            original,
            candidate,
            new DifferentialOptions(
                inputs, options.seed(), options.kernel() && before.accepted(), stop));
    Optional<String> differs =
        report
            .difference()
            .map(found -> "the result differs in the " + found.place() + ": " + found.what());
    differs.ifPresent(passed::caught);
    return new Outcome(differs, verdict, Optional.of(report));
  }
}
