package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Liveness;
import dev.scr.k2.code.Draft;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Synthesis in all windows of a draft, until nothing more is found: byte shuffles first, then short
 * runs, then slices and longer runs. Windows are searched in parallel; what is accepted depends
 * only on the draft, the seed and the budgets, unless the prover or {@code stop} depend on time.
 *
 * @param target what the kernel understands
 * @param cost what is to be made small
 * @param effort the budgets
 * @param threads how many windows at the same time
 * @param seed of the tests
 */
public record WindowSweep(
    TargetFeatures target, Cost cost, List<Stage> effort, int threads, long seed) {

  /** Which windows a stage looks at. */
  public enum Kind {
    /** Everything that moves bytes. */
    MEMORY_MOVES,
    /** Lines next to each other. */
    RUNS,
    /** Lines that depend on each other. */
    SLICES
  }

  /**
   * A part of the work.
   *
   * @param smallest lines of a window
   * @param largest lines of a window
   * @param budget steps for one window
   */
  public record Stage(Kind kind, int smallest, int largest, long budget) {}

  /** Windows that are searched before the successes among them are looked at. */
  private static final int WAVE = 16;

  /** A few seconds for a program of a hundred lines. */
  public static final List<Stage> QUICK =
      List.of(
          new Stage(Kind.MEMORY_MOVES, 3, 24, 100_000),
          new Stage(Kind.RUNS, 1, 3, 100_000),
          new Stage(Kind.SLICES, 2, 4, 100_000),
          new Stage(Kind.RUNS, 4, 5, 200_000));

  /** For when time is no matter. */
  public static final List<Stage> THOROUGH =
      List.of(
          new Stage(Kind.MEMORY_MOVES, 3, 24, 1_000_000),
          new Stage(Kind.RUNS, 1, 4, 300_000),
          new Stage(Kind.SLICES, 2, 5, 500_000),
          new Stage(Kind.RUNS, 5, 6, 1_000_000),
          new Stage(Kind.SLICES, 6, 8, 2_000_000));

  /** An accepted replacement. */
  public record Rewrite(Window window, List<Instruction> replacement, String how) {
    /** Copies the list. */
    public Rewrite {
      replacement = List.copyOf(replacement);
    }
  }

  /** What a sweep did. */
  public record Report(List<Rewrite> rewrites, long windows, long steps, long proofs) {
    /** Copies the list. */
    public Report {
      rewrites = List.copyOf(rewrites);
    }
  }

  /** Copies the list. */
  public WindowSweep {
    effort = List.copyOf(effort);
  }

  /**
   * Makes a draft cheaper.
   *
   * @param gate asked for every changed draft; false undoes the change
   * @param stop asked between windows; true ends the sweep with what was reached
   */
  public Report run(Draft draft, WindowProver prover, Predicate<Draft> gate, BooleanSupplier stop) {
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      return new Run(draft, prover, gate, stop, pool).run();
    }
  }

  /** An improvement that was found and is not applied yet. */
  private record Improvement(
      WindowSite site, List<Instruction> code, int gain, String how, Attempt attempt) {}

  private record Task(WindowSite site, Future<Synthesis> result, String how, Attempt attempt) {}

  /** A window that a stage has looked at. */
  private record Attempt(Stage stage, Window window) {}

  /** One sweep. */
  private final class Run {
    private final Draft draft;
    private final WindowProver prover;
    private final Predicate<Draft> gate;
    private final BooleanSupplier stop;
    private final ExecutorService pool;
    private final List<Rewrite> rewrites = new ArrayList<>();

    /** Windows in which a stage found nothing. */
    private final Set<Attempt> hopeless = ConcurrentHashMap.newKeySet();

    private final Set<List<Object>> refused = ConcurrentHashMap.newKeySet();
    private long windows;
    private long steps;
    private long proofs;

    Run(
        Draft draft,
        WindowProver prover,
        Predicate<Draft> gate,
        BooleanSupplier stop,
        ExecutorService pool) {
      this.draft = draft;
      this.prover = prover;
      this.gate = gate;
      this.stop = stop;
      this.pool = pool;
    }

    Report run() {
      Draft clean = DeadLines.without(draft);
      if (clean.size() < draft.size() && gate.test(clean)) {
        draft.become(clean);
      }
      int stage = 0;
      while (stage < effort.size() && !stop.getAsBoolean()) {
        // After a success the cheap stages may find more; what failed before is not tried again.
        stage = improve(effort.get(stage)) ? 0 : stage + 1;
      }
      return new Report(rewrites, windows, steps, proofs);
    }

    private boolean improve(Stage stage) {
      Analysis analysis = Analysis.of(draft);
      WindowFinder finder = new WindowFinder(draft, analysis, Liveness.of(draft, analysis));
      List<WindowSite> sites =
          switch (stage.kind()) {
            case MEMORY_MOVES -> finder.memoryMoves(stage.largest());
            case RUNS -> finder.runs(stage.smallest(), stage.largest());
            case SLICES -> finder.slices(stage.smallest(), stage.largest());
          };
      List<Improvement> found = new ArrayList<>();
      for (int from = 0; from < sites.size() && !stop.getAsBoolean(); from += WAVE) {
        List<Task> tasks = new ArrayList<>();
        for (WindowSite site : sites.subList(from, Math.min(from + WAVE, sites.size()))) {
          // What overlaps a success has to wait for the next round, in which it looks different.
          boolean free = found.stream().noneMatch(i -> i.site.overlaps(site));
          Attempt attempt = new Attempt(stage, site.window());
          if (free && hopeless.add(attempt)) {
            Future<Synthesis> result = pool.submit(() -> search(stage, site.window()));
            tasks.add(new Task(site, result, how(stage), attempt));
          }
        }
        found.addAll(collect(tasks));
      }
      return apply(found);
    }

    private static String how(Stage stage) {
      return switch (stage.kind()) {
        case MEMORY_MOVES -> "byte shuffle";
        case RUNS -> "synthesis";
        case SLICES -> "synthesis along dependencies";
      };
    }

    private Synthesis search(Stage stage, Window window) {
      if (stop.getAsBoolean()) {
        return Synthesis.NOTHING;
      }
      Optional<List<Instruction>> mined = mined(window);
      if (mined.isPresent()) {
        return new Synthesis(mined, 0, 0, 0, true);
      }
      return stage.kind() == Kind.MEMORY_MOVES
          ? new ByteShuffle(target, cost, stage.budget()).search(window, prover, seed)
          : new EnumerativeSearch(target, cost, stage.budget()).search(window, prover, seed);
    }

    /** What a mined rule makes of the window, if the kernel would accept it. */
    private Optional<List<Instruction>> mined(Window window) {
      return MinedRules.standard()
          .apply(window)
          .filter(code -> cost.of(code) < cost.of(window.code()))
          .filter(code -> Places.accepts(window, code, target));
    }

    private List<Improvement> collect(List<Task> tasks) {
      List<Improvement> found = new ArrayList<>();
      for (Task task : tasks) {
        Synthesis result = get(task.result);
        windows++;
        steps += result.steps();
        proofs += result.proofs();
        Optional<List<Instruction>> code = result.replacement();
        if (code.isPresent()) {
          int gain = cost.of(task.site.window().code()) - cost.of(code.get());
          found.add(new Improvement(task.site, code.get(), gain, task.how, task.attempt));
        }
      }
      return found;
    }

    private static Synthesis get(Future<Synthesis> future) {
      try {
        return future.get();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return Synthesis.NOTHING;
      } catch (ExecutionException e) {
        throw new IllegalStateException("a window search failed", e.getCause());
      }
    }

    /** Applies what does not overlap, the greatest gains first. */
    private boolean apply(List<Improvement> found) {
      found.sort(
          Comparator.comparingInt((Improvement i) -> -i.gain)
              .thenComparingInt(i -> i.site.to() - i.site.from())
              .thenComparingInt(i -> i.site.from()));
      List<Improvement> chosen = new ArrayList<>();
      for (Improvement improvement : found) {
        boolean free = chosen.stream().noneMatch(c -> c.site.overlaps(improvement.site));
        if (free && !refused.contains(key(improvement))) {
          chosen.add(improvement);
        }
      }
      // From the end, so that the places of the others stay right.
      chosen.sort(Comparator.comparingInt(i -> -i.site.from()));
      boolean changed = false;
      for (Improvement improvement : chosen) {
        if (changed && !stillHolds(improvement)) {
          hopeless.remove(improvement.attempt); // perhaps it does in the next round
        } else {
          changed |= apply(improvement);
        }
      }
      if (changed) {
        DeadLines.delete(draft);
      }
      return changed;
    }

    /**
     * Whether the window is the same after what was applied in this round. It need not be, although
     * it does not overlap: one replacement may read a register because of what another window's
     * line has left there, and the other one may leave it out because nobody read it.
     */
    private boolean stillHolds(Improvement improvement) {
      Analysis analysis = Analysis.of(draft);
      return new WindowFinder(draft, analysis, Liveness.of(draft, analysis))
          .again(improvement.site)
          .equals(Optional.of(improvement.site));
    }

    private boolean apply(Improvement improvement) {
      Draft before = draft.copy();
      improvement.site.replace(draft, improvement.code);
      if (!gate.test(DeadLines.without(draft))) {
        draft.become(before);
        refused.add(key(improvement));
        return false;
      }
      rewrites.add(new Rewrite(improvement.site.window(), improvement.code, improvement.how));
      return true;
    }

    private static List<Object> key(Improvement improvement) {
      return List.of(improvement.site.window(), improvement.code);
    }
  }
}
