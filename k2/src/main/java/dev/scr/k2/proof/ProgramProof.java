package dev.scr.k2.proof;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.proof.Comparison.Obligation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One proof: every path of the original with every path of the candidate that goes with it. */
final class ProgramProof implements AutoCloseable {
  /** Random inputs that are tried when the solver's own does not show a difference. */
  private static final int INPUTS_TO_CONFIRM = 300;

  /** Pairs of paths that seem to differ, before the search for one that can be shown ends. */
  private static final int MAX_DOUBTS = 12;

  /**
   * A pointer's bytes became part of something visible. The interpreter's addresses are those of a
   * process, with zeros in the upper 16 bits, so it need not show what the kernel does.
   */
  private static final String BY_ADDRESS = "depends on addresses, seen with those of a kernel: ";

  private final ProgramSpec original;
  private final ProgramSpec candidate;
  private final CheckerOptions options;
  private final Universe universe;
  private final Terms terms;
  private final PathExplorer first;
  private final PathExplorer second;
  private final long begin = System.nanoTime();

  private int paths;
  private int doubts;
  private Verdict.@Nullable Unknown firstDoubt;
  private Verdict.@Nullable Different byAddress;
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

  ProgramProof(
      ProgramSpec original, ProgramSpec candidate, CheckerOptions options, ProofSink sink) {
    this.original = original;
    this.candidate = candidate;
    this.options = options;
    this.universe = new Universe(original.type(), original.maps(), options, sink);
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
      return lastResort(
          new Verdict.Unknown(refusal.why() + " (after " + paths + " pairs of paths)"));
    }
    return firstDoubt == null ? new Verdict.Equivalent(statistics()) : lastResort(firstDoubt);
  }

  private ProofStatistics statistics() {
    return new ProofStatistics(
        0,
        0,
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
    Term difference = terms.not(goal);
    switch (universe.questions.askAll(facts, difference)) {
      case UNSATISFIABLE -> bySolver++;
      case UNKNOWN -> throw new Refusal(universe.solver.reason());
      case SATISFIABLE -> {
        Evaluation input = universe.input(Questions.all(facts, difference));
        Verdict verdict = different(input, failing(obligations, input));
        if (verdict instanceof Verdict.Unknown && dependsOnAddresses(obligations, facts)) {
          byAddress =
              new Verdict.Different(example(input), BY_ADDRESS + failing(obligations, input));
        }
        tell(verdict);
      }
    }
  }

  /** A difference ends the proof; a doubt does so only if no other pair of paths shows one. */
  private void tell(Verdict verdict) {
    if (!(verdict instanceof Verdict.Unknown doubt)) {
      throw new Found(verdict);
    }
    firstDoubt = firstDoubt == null ? doubt : firstDoubt;
    if (++doubts >= MAX_DOUBTS) {
      throw new Found(lastResort(firstDoubt));
    }
  }

  /** The inputs need what cannot be set here; another one may show the difference. */
  private Verdict lastResort(Verdict.Unknown doubt) {
    return RandomRuns.compare(original, candidate, options, INPUTS_TO_CONFIRM)
        .orElse(byAddress == null ? doubt : byAddress);
  }

  /** Whether what the candidate does depends on where memory lies. */
  private static boolean dependsOnAddresses(List<Obligation> obligations, Facts facts) {
    return obligations.stream().anyMatch(o -> Addresses.dependsOn(o.condition()))
        || facts.conditions().stream().anyMatch(Addresses::dependsOn);
  }

  private Counterexample example(Evaluation input) {
    return new CounterexampleBuilder(universe, input).build();
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
    Counterexample example = example(input);
    if (!Replay.canRun(original)) {
      return new Verdict.Different(example, why);
    }
    try {
      Optional<String> seen = new Replay(original, candidate).difference(example);
      if (seen.isPresent()) {
        return new Verdict.Different(example.withConfirmed(true), why + ": " + seen.get());
      }
      return new Verdict.Unknown("a difference that the interpreter does not show: " + why);
    } catch (Refusal e) {
      return new Verdict.Unknown("a difference that cannot be run: " + why + " (" + e.why() + ")");
    }
  }

  @Override
  public void close() {
    universe.solver.close();
  }
}
