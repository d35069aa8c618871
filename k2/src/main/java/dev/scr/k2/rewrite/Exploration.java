package dev.scr.k2.rewrite;

import dev.scr.k2.code.Draft;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A random walk among programs that mean the same: a step is a proposal at a random place, tidied;
 * it is taken if the program does not become dearer than the best by more than the walk's slack.
 * Finds what pays only in combination. Deterministic for a seed and a number of steps. Owned by one
 * thread.
 */
final class Exploration {
  private final SplittableRandom random;
  private final List<Proposal> proposals;
  private final Consumer<Scene> tidy;
  private final Predicate<Draft> accepts;
  private final BooleanSupplier cancelled;

  Exploration(
      long seed,
      List<Proposal> proposals,
      Consumer<Scene> tidy,
      Predicate<Draft> accepts,
      BooleanSupplier cancelled) {
    this.proposals = proposals;
    this.accepts = accepts;
    this.random = new SplittableRandom(seed);
    this.tidy = tidy;
    this.cancelled = cancelled;
  }

  /**
   * Walks, and leaves the cheapest program that was met in the scene.
   *
   * @param steps how many proposals are tried
   * @param patience after how many steps without a better program the walk goes back to the best
   */
  void walk(Scene scene, int steps, int patience) {
    Draft best = scene.draft().copy();
    Cost bestCost = Cost.of(best);
    Scene current = scene.copy();
    current.liveness();
    int idle = 0;
    for (int step = 0; step < steps && !cancelled.getAsBoolean(); step++) {
      Scene trial = current.copy();
      if (!propose(trial)) {
        continue;
      }
      trial.changed();
      if (!trial.draft().jumpsStayInFunctions()) {
        continue;
      }
      tidy.accept(trial);
      Cost cost = Cost.of(trial.draft());
      if (cost.compareTo(bestCost) < 0) {
        if (!accepts.test(trial.draft())) {
          continue;
        }
        best = trial.draft().copy();
        bestCost = cost;
        current = trial;
        current.liveness();
        idle = 0;
      } else if (cost.slots() <= bestCost.slots() + slack()) {
        current = trial;
        current.liveness();
      }
      if (++idle > patience) {
        current = new Scene(best.copy(), scene.options());
        idle = 0;
      }
    }
    scene.draft().become(best);
    scene.changed();
  }

  /** Mostly none, so that the walk stays near the best. */
  private int slack() {
    int draw = random.nextInt(16);
    return draw < 11 ? 0 : draw < 15 ? 1 : 2;
  }

  private boolean propose(Scene trial) {
    Proposal proposal = proposals.get(random.nextInt(proposals.size()));
    int possibilities = proposal.possibilities(trial.draft());
    return possibilities > 0 && proposal.propose(trial, random.nextInt(possibilities)) >= 0;
  }
}
