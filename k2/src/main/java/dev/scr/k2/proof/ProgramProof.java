package dev.scr.k2.proof;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.proof.Comparison.Obligation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One proof: every path of the original with every path of the candidate that goes with it. */
final class ProgramProof implements AutoCloseable {
  /** Random inputs that are tried when the solver's own does not show a difference. */
  private static final int INPUTS_TO_CONFIRM = 300;

  private final ProgramSpec original;
  private final ProgramSpec candidate;
  private final CheckerOptions options;
  private final Universe universe;
  private final Terms terms;
  private final PathExplorer first;
  private final PathExplorer second;
  private final long begin = System.nanoTime();

  private int paths;
  private int byNormalForm;
  private int bySolver;

  /** A difference that was found ends the proof. */
  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Verdict verdict;

    Found(Verdict verdict) {
      super(null, null, false, false);
      this.verdict = verdict;
    }
  }

  ProgramProof(ProgramSpec original, ProgramSpec candidate, CheckerOptions options) {
    this.original = original;
    this.candidate = candidate;
    this.options = options;
    this.universe = new Universe(original.type(), original.maps(), options);
    this.terms = universe.terms;
    this.first = new PathExplorer(universe, original, "original", true);
    this.second = new PathExplorer(universe, candidate, "candidate", false);
  }

  Verdict run() {
    Optional<Verdict> seen =
        RandomRuns.compare(original, candidate, options, options.differentialInputs());
    if (seen.isPresent()) {
      return seen.get();
    }
    try {
      first.explore(first.start(Facts.none(terms)), this::follow);
      second.memory().checkContext(first.memory().contextAccesses());
    } catch (Found found) {
      return found.verdict;
    } catch (Unsafe unsafe) {
      return different(unsafe.input(), unsafe.getMessage());
    } catch (Refusal refusal) {
      return new Verdict.Unknown(refusal.why());
    }
    return new Verdict.Equivalent(statistics());
  }

  private ProofStatistics statistics() {
    return new ProofStatistics(
        paths,
        byNormalForm,
        bySolver,
        universe.solver.questions(),
        universe.solver.nanos(),
        System.nanoTime() - begin);
  }

  /** Runs the candidate on the inputs of one path of the original. */
  private void follow(PathExplorer.End expected) {
    PathState start = second.start(expected.state().facts);
    second.explore(start, found -> compare(expected, found));
  }

  private void compare(PathExplorer.End expected, PathExplorer.End found) {
    if (++paths > options.maxPaths()) {
      throw new Refusal("expected at most " + options.maxPaths() + " pairs of paths");
    }
    List<Obligation> obligations = Comparison.of(universe, second.helpers(), expected, found);
    Facts facts = found.state().facts;
    List<Term> conditions = new ArrayList<>();
    for (Obligation obligation : obligations) {
      conditions.add(facts.decide(obligation.condition()));
    }
    Term goal = facts.decide(terms.all(conditions));
    if (goal == terms.yes) {
      byNormalForm++;
      return;
    }
    List<Term> question = new ArrayList<>(facts.conditions());
    question.add(terms.not(goal));
    switch (universe.solver.check(question)) {
      case UNSATISFIABLE -> bySolver++;
      case UNKNOWN -> throw new Refusal(universe.solver.reason());
      case SATISFIABLE -> {
        Evaluation input = runnableInput(question);
        throw new Found(different(input, failing(obligations, input)));
      }
    }
  }

  /** An input that can be run here if there is one. */
  private Evaluation runnableInput(List<Term> question) {
    Evaluation input = universe.solver.model();
    List<Term> runnable = new ArrayList<>(question);
    runnable.addAll(universe.runnable());
    return universe.solver.check(runnable) == Solver.Answer.SATISFIABLE
        ? universe.solver.model()
        : input;
  }

  private static String failing(List<Obligation> obligations, Evaluation input) {
    return obligations.stream()
        .filter(obligation -> !input.holds(obligation.condition()))
        .map(Obligation::what)
        .findFirst()
        .orElse("something");
  }

  /** A difference, if the interpreter sees it too. */
  private Verdict different(Evaluation input, String why) {
    Counterexample example = new CounterexampleBuilder(universe, input).build();
    if (!Replay.canRun(original)) {
      return new Verdict.Different(example, why);
    }
    try {
      Optional<String> seen = new Replay(original, candidate).difference(example);
      if (seen.isPresent()) {
        return new Verdict.Different(example.withConfirmed(true), why + ": " + seen.get());
      }
      // The input needs what cannot be set here; another one may show the difference.
      return RandomRuns.compare(original, candidate, options, INPUTS_TO_CONFIRM)
          .orElseGet(
              () -> new Verdict.Unknown("a difference that the interpreter does not show: " + why));
    } catch (Refusal e) {
      return new Verdict.Unknown("a difference that cannot be run: " + why + " (" + e.why() + ")");
    }
  }

  @Override
  public void close() {
    universe.solver.close();
  }
}
