package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.code.DistanceException;
import dev.scr.k2.code.Draft;
import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.search.Cost;
import dev.scr.k2.search.SolverProver;
import dev.scr.k2.search.StochasticSearch;
import dev.scr.k2.search.StochasticSettings;
import dev.scr.k2.search.TargetFeatures;
import dev.scr.k2.search.WindowProver;
import dev.scr.k2.search.WindowSweep;
import dev.scr.k2.validate.KernelFeatures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** A search in windows, whose replacements are proved one by one. */
final class SearchStage implements Stage {
  /** Most instructions of a window of the stochastic search; K2's own have 4. */
  private static final int STOCHASTIC_WINDOW = 6;

  private static final int STOCHASTIC_ROUNDS = 2;
  private static final int MOST_STEPS_BACK = 16;

  private final String name;
  private final Search search;

  /** One of the searches. */
  @FunctionalInterface
  private interface Search {
    WindowSweep.Report run(
        Draft draft,
        OptimizerOptions options,
        WindowProver prover,
        Predicate<Draft> gate,
        BooleanSupplier stop);
  }

  private SearchStage(String name, Search search) {
    this.name = name;
    this.search = search;
  }

  /** Enumerative synthesis. */
  static SearchStage synthesis(List<WindowSweep.Stage> effort) {
    return new SearchStage(
        "synthesis",
        (draft, options, prover, gate, stop) ->
            new WindowSweep(features(options), Cost.SIZE, effort, options.threads(), options.seed())
                .run(draft, prover, gate, stop));
  }

  /** K2's own search, with its five best settings. */
  static SearchStage stochastic() {
    return new SearchStage(
        "stochastic",
        (draft, options, prover, gate, stop) ->
            new StochasticSearch(
                    features(options),
                    Cost.SIZE,
                    StochasticSettings.TABLE_8,
                    STOCHASTIC_WINDOW,
                    options.steps(),
                    STOCHASTIC_ROUNDS,
                    options.threads(),
                    options.seed())
                .run(draft, prover, gate, stop));
  }

  private static TargetFeatures features(OptimizerOptions options) {
    KernelFeatures kernel = options.target().features();
    return new TargetFeatures(
        true,
        kernel.words32(),
        kernel.signExtending(),
        true,
        options.objective() == Objective.SIZE,
        kernel.unalignedPackets());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Step run(
      ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
    List<ProgramSpec> kept = Collections.synchronizedList(new ArrayList<>());
    SolverProver prover =
        new SolverProver(
            CheckerOptions.DEFAULT
                .withUnaligned(options.target().features().unalignedPackets())
                .withSeed(options.seed()));
    Draft draft = Draft.of(program);
    WindowSweep.Report report =
        search.run(draft, options, prover, changed -> loads(changed, judge, kept), stop);
    Map<String, Integer> applied = new LinkedHashMap<>();
    report.rewrites().forEach(rewrite -> applied.merge(rewrite.how(), 1, Integer::sum));
    List<ProgramSpec> candidates = new ArrayList<>(kept);
    candidates.sort(Comparator.comparingInt(candidate -> candidate.code().slots()));
    int tried = 0;
    for (ProgramSpec candidate : candidates) {
      if (candidate.code().slots() >= program.code().slots() || tried++ == MOST_STEPS_BACK) {
        break;
      }
      if (judge.passes(candidate)) {
        return new Step(candidate, applied, report.proofs(), 0);
      }
    }
    return Step.nothing(program);
  }

  private static boolean loads(Draft changed, Judge judge, List<ProgramSpec> kept) {
    try {
      ProgramSpec candidate = changed.program();
      boolean loads = judge.loads(candidate);
      if (loads) {
        kept.add(candidate);
      }
      return loads;
    } catch (DistanceException _) {
      return false;
    }
  }
}
