package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.rewrite.RewriteOptions;
import dev.scr.k2.rewrite.Rewriter;
import dev.scr.k2.rewrite.Rewriter.Rung;
import dev.scr.k2.rewrite.Walk;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * Directed rewrites. Each is kept only if the kernel accepts the program with it. Should the end of
 * the sequence of programs not pass the judge, the first step that spoils it is found by bisection
 * and left out, and the rest is done again from there.
 */
final class RewriteStage implements Stage {
  /** Steps that are left out before what passes is taken as it is. */
  private static final int MOST_LEFT_OUT = 8;

  private final String name;
  private final int steps;

  private RewriteStage(String name, int steps) {
    this.name = name;
    this.steps = steps;
  }

  /** Rewrites that pay at once. */
  static RewriteStage direct() {
    return new RewriteStage("rewrite", 0);
  }

  /** Rewrites, and a walk of so many steps among equivalent programs. */
  static RewriteStage walking(int steps) {
    return new RewriteStage("walk", steps);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Step run(
      ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
    return new Attempts(program, options, judge, stop).best();
  }

  /** Sequences of rewrites, each without what has spoiled those before. */
  private final class Attempts {
    private final OptimizerOptions options;
    private final Judge judge;
    private final BooleanSupplier stop;

    /** Programs that the judge has turned away. */
    private final Set<ProgramSpec> spoiled = new HashSet<>();

    /** Kinds that are not done any more. */
    private final Set<String> without = new TreeSet<>();

    private final List<String> leftOut = new ArrayList<>();
    private final Map<String, Integer> applied = new LinkedHashMap<>();
    private ProgramSpec good;

    Attempts(ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop) {
      this.good = program;
      this.options = options;
      this.judge = judge;
      this.stop = stop;
    }

    Step best() {
      while (!goesThrough() && leftOut.size() < MOST_LEFT_OUT && !stop.getAsBoolean()) {
        // What has spoiled it is known now: once more without.
      }
      return new Step(good, applied, 0, 0, String.join(", ", leftOut));
    }

    /** Goes on from the last good program; whether nothing is in the way of all that follows. */
    private boolean goesThrough() {
      Rewriter.Result all =
          Rewriter.rewrite(good, rewriteOptions(), without, walk(), this::isAcceptable, stop);
      List<Rung> ladder = all.ladder();
      if (ladder.isEmpty()) {
        return true;
      }
      if (Climb.pays(good)) {
        Climb.up(ladder.stream().map(Rung::program).toList(), judge, stop);
      }
      if (judge.passes(all.program())) {
        take(ladder.getLast());
        return true;
      }
      int bad = firstBad(ladder);
      if (stop.getAsBoolean()) {
        return true;
      }
      Rung spoiler = ladder.get(bad);
      if (Rewriter.tidying().contains(spoiler.by())) {
        return !leaveOutTidying(spoiler.by());
      }
      leaveOut(spoiler);
      return false;
    }

    private RewriteOptions rewriteOptions() {
      return options.goal().target().rewriteOptions(options.goal().objective());
    }

    private Walk walk() {
      return steps == 0 ? Walk.NONE : Walk.of(options.budget().seed(), steps);
    }

    private boolean isAcceptable(ProgramSpec candidate) {
      return (spoiled.isEmpty() || !spoiled.contains(candidate)) && judge.loads(candidate);
    }

    /** The first time this one step, the second time all of its kind: it would come back. */
    private void leaveOut(Rung spoiler) {
      if (leftOut.contains(spoiler.by())) {
        without.add(spoiler.by());
      }
      spoiled.add(spoiler.program());
      leftOut.add(spoiler.by());
    }

    /** The first step that does not pass, those before it being taken. */
    private int firstBad(List<Rung> ladder) {
      int passing = -1;
      int bad = ladder.size() - 1;
      while (bad - passing > 1 && !stop.getAsBoolean()) {
        int middle = (passing + bad) >>> 1;
        if (judge.passes(ladder.get(middle).program())) {
          passing = middle;
        } else {
          bad = middle;
        }
      }
      if (passing >= 0) {
        take(ladder.get(passing));
      }
      return bad;
    }

    /**
     * Finds a kind of tidying without which all the others pass: mostly the one that made the step,
     * but that may hold what others did which cut off some code before.
     */
    private boolean leaveOutTidying(String suspect) {
      List<String> kinds = new ArrayList<>(Rewriter.tidying());
      kinds.remove(suspect);
      kinds.addFirst(suspect);
      for (String kind : kinds) {
        Set<String> less = new TreeSet<>(without);
        if (!less.add(kind) || stop.getAsBoolean()) {
          continue;
        }
        ProgramSpec tidied = Rewriter.tidied(good, rewriteOptions(), less, stop);
        if (judge.passes(tidied)) {
          without.add(kind);
          leftOut.add(kind);
          return true;
        }
      }
      return false;
    }

    private void take(Rung rung) {
      good = rung.program();
      rung.applied().forEach((kind, count) -> applied.merge(kind, count, Integer::sum));
    }
  }
}
