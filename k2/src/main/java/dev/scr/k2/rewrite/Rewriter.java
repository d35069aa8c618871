package dev.scr.k2.rewrite;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.code.DistanceException;
import dev.scr.k2.code.Draft;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Makes a program cheaper by directed rewrites: first what is always good, until nothing changes,
 * then what may be good, each tried on a copy and kept if the copy is cheaper after the first kind
 * has tidied it. Deterministic. Owned by one thread.
 */
public final class Rewriter {
  /** What always makes a program cheaper, or equal and simpler. */
  private static final List<Rewrite> TIDYING =
      List.of(new Simplify(), new DeadCode(), new Jumps(), new Recompute());

  private final BooleanSupplier cancelled;
  private final Map<String, Integer> applied = new LinkedHashMap<>();

  private Rewriter(BooleanSupplier cancelled) {
    this.cancelled = cancelled;
  }

  /**
   * A program and how it came about.
   *
   * @param program that means the same as the original
   * @param applied how often each rewrite was kept
   */
  public record Result(ProgramSpec program, Map<String, Integer> applied) {}

  /**
   * Rewrites a program.
   *
   * @param seed of the walk among equivalent programs
   * @param steps of that walk, 0 for none
   * @param cancelled asked between rewrites; once it says yes, the best so far is returned
   */
  public static Result rewrite(
      ProgramSpec program,
      RewriteOptions options,
      long seed,
      int steps,
      BooleanSupplier cancelled) {
    Rewriter rewriter = new Rewriter(cancelled);
    Scene scene = new Scene(Draft.of(program), options);
    rewriter.tidy(scene);
    rewriter.improve(scene);
    if (steps > 0) {
      new Exploration(seed, rewriter::tidy, cancelled).walk(scene, steps, 400);
      rewriter.improve(scene);
    }
    ProgramSpec result = scene.draft().program();
    return result.code().slots() < program.code().slots()
        ? new Result(result, rewriter.applied)
        : new Result(program, Map.of());
  }

  private void tidy(Scene scene) {
    boolean changed = true;
    while (changed && !cancelled.getAsBoolean()) {
      changed = false;
      for (Rewrite rewrite : TIDYING) {
        int places = rewrite.apply(scene);
        if (places > 0) {
          applied.merge(rewrite.name(), places, Integer::sum);
          changed = true;
        }
      }
    }
  }

  private void improve(Scene scene) {
    boolean changed = true;
    while (changed && !cancelled.getAsBoolean()) {
      changed = false;
      for (Proposal proposal : Proposals.PAYING) {
        changed |= tryAll(scene, proposal);
      }
    }
  }

  private boolean tryAll(Scene scene, Proposal proposal) {
    boolean any = false;
    int at = 0;
    while (!cancelled.getAsBoolean()) {
      Scene trial = scene.copy();
      int next = proposal.propose(trial, at);
      if (next < 0) {
        return any;
      }
      at = next + 1;
      trial.changed();
      if (cheaper(trial, scene)) {
        scene.draft().become(trial.draft());
        scene.changed();
        applied.merge(proposal.name(), 1, Integer::sum);
        any = true;
        at = 0;
      }
    }
    return any;
  }

  private boolean cheaper(Scene trial, Scene current) {
    Map<String, Integer> before = new LinkedHashMap<>(applied);
    tidy(trial);
    boolean better = Cost.of(trial.draft()).compareTo(Cost.of(current.draft())) < 0;
    if (better) {
      try {
        trial.draft().program();
      } catch (DistanceException _) {
        better = false;
      }
    }
    if (!better) {
      applied.clear();
      applied.putAll(before);
    }
    return better;
  }
}
