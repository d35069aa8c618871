package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.code.DistanceException;
import dev.scr.k2.code.Draft;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Makes a program cheaper by directed rewrites: first what is always good, until nothing changes,
 * then what may be good, each tried on a copy and kept if the copy is cheaper after the first kind
 * has tidied it. Deterministic. Owned by one thread.
 */
public final class Rewriter {
  /** What the walk is called in reports. */
  public static final String WALK = "walk";

  /** Steps without a better program after which a walker goes back to the best. */
  private static final int PATIENCE = 120;

  private final Predicate<ProgramSpec> accepts;
  private final BooleanSupplier cancelled;
  private final Catalogue catalogue;
  private final List<Rung> ladder = new ArrayList<>();
  private final Map<String, Integer> applied = new LinkedHashMap<>();

  private Rewriter(Catalogue catalogue, Predicate<ProgramSpec> accepts, BooleanSupplier cancelled) {
    this.catalogue = catalogue;
    this.accepts = accepts;
    this.cancelled = cancelled;
  }

  /**
   * A program and how it came about.
   *
   * @param program that means the same as the original
   * @param applied how often each rewrite was kept
   * @param ladder the programs on the way, none dearer than the one before
   */
  public record Result(ProgramSpec program, Map<String, Integer> applied, List<Rung> ladder) {
    /** Copies the lists. */
    public Result {
      applied = new LinkedHashMap<>(applied);
      ladder = List.copyOf(ladder);
    }
  }

  /**
   * A program on the way.
   *
   * @param by what made it of the one before: the name of a rewrite, or {@link #WALK}
   * @param applied how often each rewrite was kept until then
   */
  public record Rung(ProgramSpec program, String by, Map<String, Integer> applied) {
    /** Copies the map. */
    public Rung {
      applied = new LinkedHashMap<>(applied);
    }
  }

  /** What is always good, by name. */
  public static List<String> tidying() {
    return Catalogue.ALL.tidying().stream().map(Rewrite::name).toList();
  }

  /** A program after what is always good, but for what has one of the names. */
  public static ProgramSpec tidied(
      ProgramSpec program, RewriteOptions options, Set<String> without, BooleanSupplier cancelled) {
    Scene scene = new Scene(Draft.of(program), options);
    new Rewriter(Catalogue.ALL.without(without), _ -> true, cancelled).tidy(scene);
    return scene.draft().program();
  }

  /**
   * Rewrites a program.
   *
   * @param without names of what is not to be done
   * @param walk how far to look among equivalent programs
   * @param accepts whether a program may be kept, for example because a verifier accepts it; asked
   *     by several threads
   * @param cancelled asked between rewrites; once it says yes, the best so far is returned
   */
  public static Result rewrite(
      ProgramSpec program,
      RewriteOptions options,
      Set<String> without,
      Walk walk,
      Predicate<ProgramSpec> accepts,
      BooleanSupplier cancelled) {
    Rewriter rewriter = new Rewriter(Catalogue.ALL.without(without), accepts, cancelled);
    Scene scene = new Scene(Draft.of(program), options);
    rewriter.tidy(scene, rewriter::tidiedBy);
    rewriter.improve(scene);
    int rounds = without.contains(WALK) ? 0 : walk.rounds();
    for (int round = 0; round < rounds && !cancelled.getAsBoolean(); round++) {
      rewriter.walk(scene, walk, round);
    }
    ProgramSpec result = scene.draft().program();
    return result.code().slots() < program.code().slots()
        ? new Result(result, rewriter.applied, rewriter.ladder)
        : new Result(program, Map.of(), List.of());
  }

  /** One round: all walkers from the same place, on all processors; the best of them counts. */
  private void walk(Scene scene, Walk walk, int round) {
    scene.liveness();
    List<Walker> walkers =
        IntStream.range(0, walk.walkers())
            .mapToObj(w ->
                new Walker(
                    scene.copy(), catalogue, walk.seed() + (long) round * walk.walkers() + w))
            .toList();
    walkers.parallelStream().forEach(walker -> walker.go(walk.steps(), accepts, cancelled));
    Walker best = walkers.getFirst();
    for (Walker walker : walkers) {
      if (walker.cost().compareTo(best.cost()) < 0) {
        best = walker;
      }
    }
    if (best.cost().compareTo(Cost.of(scene.draft())) < 0) {
      scene.draft().become(best.scene.draft());
      scene.changed();
      applied.merge(WALK, 1, Integer::sum);
      kept(scene, WALK);
    }
  }

  /** A walk with the scene it leaves. */
  private record Walker(Scene scene, Catalogue catalogue, long seed) {
    void go(int steps, Predicate<ProgramSpec> accepts, BooleanSupplier cancelled) {
      Rewriter rewriter = new Rewriter(catalogue, accepts, cancelled);
      new Exploration(seed, catalogue.walked(), rewriter::tidy, rewriter::isAccepted, cancelled)
          .walk(scene, steps, PATIENCE);
      rewriter.improve(scene);
    }

    Cost cost() {
      return Cost.of(scene.draft());
    }
  }

  private boolean isAccepted(Draft draft) {
    try {
      // A tail that two functions have in common cannot be shared by a jump.
      return draft.jumpsStayInFunctions() && accepts.test(draft.program());
    } catch (DistanceException _) {
      return false;
    }
  }

  private void kept(Scene scene, String by) {
    ladder.add(new Rung(scene.draft().program(), by, applied));
  }

  /** Keeps what a kind of tidying has left, unless another one has to delete what it cut off. */
  private void tidiedBy(Scene scene, Rewrite rewrite) {
    try {
      ControlFlow.of(scene.draft().program().code());
      kept(scene, rewrite.name());
    } catch (InvalidProgramException _) {
      // The next kind of tidying deletes it.
    }
  }

  private void tidy(Scene scene) {
    tidy(scene, (_, _) -> {});
  }

  private void tidy(Scene scene, BiConsumer<Scene, Rewrite> told) {
    boolean changed = true;
    while (changed && !cancelled.getAsBoolean()) {
      changed = false;
      for (Rewrite rewrite : catalogue.tidying()) {
        int places = rewrite.apply(scene);
        if (places > 0) {
          applied.merge(rewrite.name(), places, Integer::sum);
          told.accept(scene, rewrite);
          changed = true;
        }
      }
    }
  }

  private void improve(Scene scene) {
    boolean changed = true;
    while (changed && !cancelled.getAsBoolean()) {
      changed = false;
      for (Proposal proposal : catalogue.paying()) {
        changed |= tryAll(scene, proposal);
      }
    }
  }

  private boolean tryAll(Scene scene, Proposal proposal) {
    boolean any = false;
    int at = 0;
    while (!cancelled.getAsBoolean()) {
      scene.liveness();
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
        kept(scene, proposal.name());
        any = true;
        at = next;
      }
    }
    return any;
  }

  private boolean cheaper(Scene trial, Scene current) {
    Map<String, Integer> before = new LinkedHashMap<>(applied);
    tidy(trial);
    boolean better = Cost.of(trial.draft()).compareTo(Cost.of(current.draft())) < 0;
    better = better && isAccepted(trial.draft());
    if (!better) {
      applied.clear();
      applied.putAll(before);
    }
    return better;
  }
}
