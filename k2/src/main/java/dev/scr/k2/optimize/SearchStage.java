package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.code.Draft;
import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.rewrite.RewriteOptions;
import dev.scr.k2.search.Cost;
import dev.scr.k2.search.LatencyModel;
import dev.scr.k2.search.SolverProver;
import dev.scr.k2.search.StochasticSearch;
import dev.scr.k2.search.StochasticSettings;
import dev.scr.k2.search.TargetFeatures;
import dev.scr.k2.search.WindowProver;
import dev.scr.k2.search.WindowSweep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Searches in windows. Every replacement is proved on its own and accepted by the verifier; if the
 * whole does not pass, the longest beginning of the same sequence that does is found by bisection.
 */
final class SearchStage implements Stage {
  /**
   * Z3's measure of work for one question, which does not depend on what else runs: about a second
   * of an idle processor.
   */
  private static final int SOLVER_RESOURCES = 400_000;

  /** Strikes only where a machine is so busy that nobody waits for the result. */
  private static final Duration SOLVER_TIMEOUT = Duration.ofSeconds(60);

  /** Windows of the stochastic search; K2's automatic ones have 4 instructions. */
  private static final int CHAIN_WINDOW = 4;

  private final String name;
  private final Search search;

  private SearchStage(String name, Search search) {
    this.name = name;
    this.search = search;
  }

  /** A search over a draft. */
  private interface Search {
    WindowSweep.Report run(
        Draft draft,
        OptimizerOptions options,
        WindowProver prover,
        Predicate<Draft> gate,
        BooleanSupplier stop);
  }

  /** Synthesis in all windows, with little effort for each. */
  static SearchStage quickSynthesis() {
    return synthesis("synthesis", WindowSweep.QUICK);
  }

  /** Synthesis in all windows, also large ones. */
  static SearchStage thoroughSynthesis() {
    return synthesis("thorough synthesis", WindowSweep.THOROUGH);
  }

  private static SearchStage synthesis(String name, List<WindowSweep.Stage> effort) {
    return new SearchStage(
        name,
        (draft, options, prover, gate, stop) ->
            new WindowSweep(
                    target(options),
                    cost(options),
                    effort,
                    options.budget().threads(),
                    options.budget().seed())
                .run(draft, prover, gate, stop));
  }

  /** K2's own method, with so many proposals for each window. */
  static SearchStage stochastic(long iterations) {
    return new SearchStage(
        "stochastic",
        (draft, options, prover, gate, stop) ->
            new StochasticSearch(
                    target(options),
                    cost(options),
                    StochasticSettings.TABLE_8,
                    CHAIN_WINDOW,
                    iterations,
                    1,
                    options.budget().threads(),
                    options.budget().seed())
                .run(draft, prover, gate, stop));
  }

  /** How windows are proved; nothing of it depends on time. */
  static CheckerOptions proving(OptimizerOptions options) {
    return CheckerOptions.DEFAULT
        .withSolverTimeout(SOLVER_TIMEOUT)
        .withSolverResources(SOLVER_RESOURCES)
        .withUnaligned(rewriteOptions(options).unaligned());
  }

  private static TargetFeatures target(OptimizerOptions options) {
    return TargetFeatures.of(rewriteOptions(options));
  }

  private static RewriteOptions rewriteOptions(OptimizerOptions options) {
    return options.goal().target().rewriteOptions(options.goal().objective());
  }

  private static Cost cost(OptimizerOptions options) {
    return switch (options.goal().objective()) {
      case SIZE -> Cost.SIZE;
      case LATENCY -> LatencyModel.X86;
    };
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Step run(
      ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
    WindowProver prover = new SolverProver(proving(options));
    List<ProgramSpec> ladder = Collections.synchronizedList(new ArrayList<>());
    Draft draft = Draft.of(program);
    WindowSweep.Report report =
        search.run(
            draft,
            options,
            prover,
            candidate -> {
              ProgramSpec spec = candidate.program();
              boolean loads = judge.loads(spec);
              if (loads) {
                ladder.add(spec);
              }
              return loads;
            },
            stop);
    ProgramSpec result = draft.program();
    if (result.code().equals(program.code())) {
      return Step.nothing(program);
    }
    if (Climb.pays(program)) {
      Climb.up(List.copyOf(ladder), judge, stop);
    }
    if (judge.passes(result)) {
      return new Step(result, applied(report), report.proofs(), 0);
    }
    return longestBeginning(program, ladder, report, judge, stop);
  }

  private static Step longestBeginning(
      ProgramSpec program,
      List<ProgramSpec> ladder,
      WindowSweep.Report report,
      Judge judge,
      BooleanSupplier stop) {
    int good = -1;
    int bad = ladder.size();
    while (bad - good > 1 && !stop.getAsBoolean()) {
      int middle = (good + bad) >>> 1;
      if (judge.passes(ladder.get(middle))) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good < 0
        ? Step.nothing(program)
        : new Step(ladder.get(good), applied(report), report.proofs(), 0);
  }

  private static Map<String, Integer> applied(WindowSweep.Report report) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    report.rewrites().forEach(rewrite -> counts.merge(rewrite.how(), 1, Integer::sum));
    return counts;
  }
}
