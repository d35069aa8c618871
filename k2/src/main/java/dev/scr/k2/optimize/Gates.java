package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.code.Loops;
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
import org.jspecify.annotations.Nullable;

/**
 * What a result must pass before it may be written: the kernel's verifier, unless it cannot be
 * asked or refuses the original as well, runs beside the original, and the proof that it does the
 * same. Thread-safe: one candidate at a time.
 */
final class Gates implements Judge, AutoCloseable {
  private static final int QUICK_INPUTS = 300;

  /** Z3's measure of work for one question, about two seconds of an idle processor. */
  private static final int ONE_QUESTION = 1_000_000;

  /** Strikes only where a machine is so busy that nobody waits for the result. */
  private static final Duration LONGEST_QUESTION = Duration.ofSeconds(60);

  private static final int MOST_PATHS = 20_000;
  private static final int LONGEST_PATH = 20_000;

  /** What is tried of a program with a loop, to see whether anything can be proved of the whole. */
  private static final int PATHS_TO_TRY = 300;

  private static final int LONGEST_PATH_TO_TRY = 2_000;

  private final ProgramFile file;
  private final ProgramSpec original;
  private final KernelVerdict before;
  private final KernelGate kernel;
  private final OptimizerOptions options;
  private final BooleanSupplier stop;
  private final EquivalenceChecker checker;
  private final Passed passed;
  private boolean tried;
  private Verdict.@Nullable Unknown hopeless;
  private Optional<String> refusal = Optional.empty();
  private @Nullable Full last;

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
    this.checker = EquivalenceChecker.create(checking(options, MOST_PATHS, LONGEST_PATH));
  }

  private static CheckerOptions checking(OptimizerOptions options, int mostPaths, int longestPath) {
    return new CheckerOptions(
        options.goal().target().features().unalignedPackets(),
        LONGEST_QUESTION,
        ONE_QUESTION,
        mostPaths,
        longestPath,
        0,
        options.budget().seed());
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
    if (!before.accepted() && options.acceptance().maxProcessed() == 0) {
      return true;
    }
    return refusal(kernel.judge(candidate)).isEmpty();
  }

  @Override
  public synchronized boolean proves(ProgramSpec candidate) {
    return isPassed(prove(candidate));
  }

  /** The cheapest gates come first: few runs, then the proof, then all runs. */
  @Override
  public synchronized boolean passes(ProgramSpec candidate) {
    long beginNs = System.nanoTime();
    Optional<String> first =
        pass(candidate, Math.min(QUICK_INPUTS, options.acceptance().inputs())).refusal();
    if (first.isPresent()) {
      refusal = first;
      return false;
    }
    Verdict verdict = prove(candidate);
    if (!isPassed(verdict)) {
      refusal = Optional.of(why(verdict));
      return false;
    }
    passed.proved(candidate);
    Outcome outcome = full(candidate);
    passed.takes(System.nanoTime() - beginNs);
    if (outcome.refusal().isPresent()) {
      refusal = outcome.refusal();
      return false;
    }
    if (verdict instanceof Verdict.Equivalent(ProofStatistics proof)) {
      passed.take(candidate, outcome, proof);
    }
    return true;
  }

  /** Is told what comes of candidates. */
  interface Passed {
    /** One is proved, or need not be, and is to be run on all inputs. */
    void proved(ProgramSpec candidate);

    /** A candidate took so long to pass all gates, or to fail at the last one. */
    void takes(long nanos);

    /** One is proved, and passes all gates. */
    void take(ProgramSpec candidate, Outcome outcome, ProofStatistics proof);

    /** One does not do what the original does: a fault of what made it. */
    void caught(String difference);
  }

  /**
   * What a proof says: from the original at once, or in a step from the last program that was
   * proved. Of a large program the step is tried first, being the smaller question.
   */
  synchronized Verdict prove(ProgramSpec candidate) {
    Optional<Verdict.Unknown> none = hopeless();
    if (none.isPresent()) {
      return none.get();
    }
    boolean large = original.code().size() >= EquivalenceChecker.LARGE;
    Verdict verdict = large ? inAStep(candidate) : checker.check(original, candidate);
    if (verdict instanceof Verdict.Unknown) {
      Verdict other = large ? checker.check(original, candidate) : inAStep(candidate);
      verdict = other instanceof Verdict.Equivalent || large ? other : verdict;
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

  private Verdict inAStep(ProgramSpec candidate) {
    if (proved.equals(original)) {
      return new Verdict.Unknown("nothing else is proved");
    }
    if (proved.equals(candidate)) {
      return new Verdict.Equivalent(provedBy);
    }
    Verdict step = checker.checkStep(proved, candidate);
    return step instanceof Verdict.Equivalent(ProofStatistics statistics)
        ? new Verdict.Equivalent(provedBy.and(statistics))
        : step;
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

  /**
   * Why nothing can be proved of the program as a whole; empty if something can. A program that
   * cannot be shown to do the same as itself will not be shown to do the same as another one. Only
   * loops are that hopeless, and calls of helpers without a model.
   */
  synchronized Optional<Verdict.Unknown> hopeless() {
    if (!tried) {
      tried = true;
      hopeless =
          EquivalenceChecker.unprovable(original)
              .map(Verdict.Unknown::new)
              .orElseGet(() -> Loops.any(original.code()) ? unprovedAlone() : null);
    }
    return Optional.ofNullable(hopeless);
  }

  private Verdict.@Nullable Unknown unprovedAlone() {
    try (EquivalenceChecker quick =
        EquivalenceChecker.create(checking(options, PATHS_TO_TRY, LONGEST_PATH_TO_TRY))) {
      return quick.check(original, original) instanceof Verdict.Unknown unknown ? unknown : null;
    }
  }

  /** Whether a verdict lets a candidate through: one that proves it, or none, if that will do. */
  boolean isPassed(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Equivalent _ -> true;
      case Verdict.Different _ -> false;
      case Verdict.Unknown _ ->
          switch (options.acceptance().demand()) {
            case WHOLE -> false;
            case WINDOWS -> hopeless().isPresent();
            case RUNS -> true;
          };
    };
  }

  @Override
  public void close() {
    checker.close();
  }

  /**
   * Sends a candidate through all gates but the proof, with as many inputs as the options ask for.
   * One that has just come through is remembered.
   */
  synchronized Outcome full(ProgramSpec candidate) {
    Full known = last;
    if (known == null || !known.candidate().equals(candidate)) {
      known = new Full(candidate, pass(candidate, options.acceptance().inputs()));
      last = known;
    }
    return known.outcome();
  }

  /** What came of a candidate with all inputs. */
  private record Full(ProgramSpec candidate, Outcome outcome) {}

  /** Why a candidate of which the kernel says this may not be written; empty if it may. */
  private Optional<String> refusal(KernelVerdict verdict) {
    if (before.accepted() && !verdict.accepted()) {
      return Optional.of("the kernel refuses the result: " + verdict.logTail());
    }
    long most = options.acceptance().maxProcessed();
    if (most == 0) {
      return Optional.empty();
    }
    return verdict instanceof KernelVerdict.Accepted accepted
        ? accepted.processedInsns() <= most
            ? Optional.empty()
            : Optional.of(
                "expected that the verifier takes at most %d steps for the result, found %d"
                    .formatted(most, accepted.processedInsns()))
        : Optional.of("the kernel does not tell how many steps its verifier takes");
  }

  private Outcome pass(ProgramSpec candidate, int inputs) {
    KernelVerdict verdict = kernel.judge(candidate);
    Optional<String> refused = refusal(verdict);
    if (refused.isPresent()) {
      return new Outcome(refused, verdict, Optional.empty());
    }
    DifferentialReport report =
        DifferentialRun.run(
            file,
            original,
            candidate,
            new DifferentialOptions(
                inputs,
                options.budget().seed(),
                options.acceptance().kernel() && before.accepted(),
                stop));
    Optional<String> differs =
        report
            .difference()
            .map(found -> "the result differs in the " + found.place() + ": " + found.what());
    differs.ifPresent(passed::caught);
    if (differs.isEmpty() && stop.getAsBoolean()) {
      differs = Optional.of("stopped after %d of %d inputs".formatted(report.inputs(), inputs));
    }
    return new Outcome(differs, verdict, Optional.of(report));
  }
}
