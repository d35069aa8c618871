package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.proof.WindowVerdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The cheapest code for a window, by enumeration: cost after cost from what is least possible, each
 * candidate on many inputs first, and the prover for the few that pass. Deterministic for a seed
 * and a budget of steps, as far as the prover is. Thread-safe: a search shares nothing.
 *
 * @param target what the kernel understands
 * @param cost what is to be made small
 * @param budget most steps for one window
 */
public record EnumerativeSearch(TargetFeatures target, Cost cost, long budget) {
  /** Inputs that the enumeration itself looks at; the others are for the candidates it finds. */
  private static final int COLUMNS = 10;

  private static final int MOST_PROOFS = 40;

  /** Searches a window. */
  public Synthesis search(Window window, WindowProver prover, long seed) {
    Optional<Layout> layout = Layout.of(window);
    if (layout.isEmpty()) {
      return Synthesis.NOTHING;
    }
    TestCases tests = TestCases.of(layout.get(), TestCases.INITIAL, seed);
    if (tests.size() == 0) {
      return Synthesis.NOTHING;
    }
    try (Proofs proofs = new Proofs(window, prover)) {
      return new Run(layout.get(), tests, proofs).run();
    }
  }

  /** One search. */
  private final class Run {
    private final Layout layout;
    private final TestCases tests;
    private final Proofs proofs;
    private final Set<List<Instruction>> refused = new HashSet<>();
    private Optional<List<Instruction>> proved = Optional.empty();
    private boolean newCounterexample;
    private long steps;

    Run(Layout layout, TestCases tests, Proofs proofs) {
      this.layout = layout;
      this.tests = tests;
      this.proofs = proofs;
    }

    Synthesis run() {
      int most = cost.of(layout.window().code()) - cost.least();
      boolean complete = true;
      for (int price = 0; price <= most && complete && proved.isEmpty(); price += cost.least()) {
        complete = upTo(price);
      }
      return new Synthesis(proved, steps, proofs.count(), tests.counterexamples(), complete);
    }

    /** Enumerates again whenever a counterexample has changed the tests. */
    private boolean upTo(int price) {
      do {
        newCounterexample = false;
        Enumeration enumeration =
            new Enumeration(
                layout,
                target,
                cost,
                tests,
                Math.min(COLUMNS + tests.counterexamples(), 2 * COLUMNS),
                budget - steps,
                this::found);
        enumeration.search(price);
        steps += enumeration.steps();
        if (enumeration.isStopped()) {
          return false;
        }
      } while (newCounterexample);
      return proofs.count() < MOST_PROOFS;
    }

    private boolean found(Step[] path, int length) {
      if (!tests.pass(path, length)) {
        return false;
      }
      List<Instruction> candidate = new ArrayList<>();
      Arrays.stream(path, 0, length).forEach(step -> candidate.add(step.insn));
      if (refused.contains(candidate) || proofs.count() >= MOST_PROOFS) {
        return proofs.count() >= MOST_PROOFS;
      }
      return switch (proofs.check(candidate)) {
        case WindowVerdict.Equivalent _ -> {
          proved = Optional.of(candidate);
          yield true;
        }
        case WindowVerdict.Different(WindowVerdict.Input input, String _) -> {
          refused.add(candidate);
          newCounterexample |= tests.addCounterexample(input, candidate);
          yield newCounterexample;
        }
        case WindowVerdict.Refused _, WindowVerdict.Unknown _ -> {
          refused.add(candidate);
          yield false;
        }
      };
    }
  }
}
