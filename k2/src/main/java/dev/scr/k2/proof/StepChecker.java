package dev.scr.k2.proof;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.InvalidInstructionException;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.proof.CutPoints.Pair;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Proves that a version of a program does the same as the one it was made of, region by region:
 * both are cut where paths meet, and only from cut point to cut point paths are followed. Made for
 * large programs of which two versions are much alike; what it cannot prove may be equivalent all
 * the same. Knows regions again that it has proved, also in other versions. One thread at a time.
 */
public final class StepChecker implements AutoCloseable {
  /** Choices of cut points that are tried for one pair of versions. */
  private static final int MOST_CHOICES = 24;

  /** Failures of regions from one cut point after which it is given up. */
  private static final int PATIENCE = 2;

  /** Terms after which everything is forgotten, so that a long sequence does not fill memory. */
  private static final int MOST_TERMS = 3_000_000;

  private static final int MOST_UNKNOWNS = 2_500;

  /** Shapes of programs that are kept: one is mostly compared with the one before. */
  private static final int MOST_SHAPES = 4;

  private final CheckerOptions options;
  private final ProofSink sink;
  private final Map<ProgramSpec, ProgramShape> shapes = new HashMap<>();
  private @Nullable Universe universe;
  private RegionMemory memory = new RegionMemory();

  private StepChecker(CheckerOptions options, ProofSink sink) {
    this.options = options;
    this.sink = sink;
  }

  /** A checker that knows no regions yet. */
  public static StepChecker create(CheckerOptions options) {
    return create(options, ProofSink.NONE);
  }

  /** A checker that tells the questions to the solver whose answers it uses. */
  public static StepChecker create(CheckerOptions options, ProofSink sink) {
    return new StepChecker(options, sink);
  }

  /**
   * Whether a program does the same as another one that passed the kernel's verifier, or was proved
   * to do the same as one that did. Never {@link Verdict.Different}.
   */
  public Verdict check(ProgramSpec before, ProgramSpec after) {
    if (before.type() != after.type() || !before.maps().equals(after.maps())) {
      return new Verdict.Unknown("expected programs of one type with the same maps");
    }
    try {
      ControlFlow.of(before.code());
      ControlFlow.of(after.code());
    } catch (InvalidProgramException | InvalidInstructionException e) {
      return new Verdict.Unknown("refused: " + e.getMessage());
    }
    long begin = System.nanoTime();
    Universe world = universe(before.type(), before.maps());
    long questions = world.solver.questions();
    long nanos = world.solver.nanos();
    StepProof.Counts counts = new StepProof.Counts();
    try {
      String why = prove(world, shape(before), shape(after), counts);
      return why.isEmpty()
          ? new Verdict.Equivalent(
              new ProofStatistics(
                  1,
                  counts.regions,
                  counts.paths,
                  counts.byNormalForm,
                  counts.bySolver,
                  world.solver.questions() - questions,
                  world.solver.nanos() - nanos,
                  System.nanoTime() - begin))
          : new Verdict.Unknown(why);
    } catch (Refusal e) {
      return new Verdict.Unknown(e.why());
    }
  }

  private ProgramShape shape(ProgramSpec program) {
    if (shapes.size() >= MOST_SHAPES && !shapes.containsKey(program)) {
      shapes.clear();
    }
    return shapes.computeIfAbsent(program, ProgramShape::of);
  }

  private Universe universe(ProgramType type, List<MapSpec> maps) {
    Universe world = universe;
    if (world == null
        || world.type != type
        || !world.maps.equals(maps)
        || world.terms.size() > MOST_TERMS) {
      close();
      memory = new RegionMemory();
      world = new Universe(type, maps, options, sink);
      world.solver.forgetBeyond(MOST_UNKNOWNS);
      universe = world;
    }
    world.restartClock();
    return world;
  }

  /** Tries cut points until some do; why not, if none do. */
  private String prove(
      Universe world, ProgramShape before, ProgramShape after, StepProof.Counts counts) {
    CutPoints points = CutPoints.of(before, after);
    Map<Integer, Integer> failures = new HashMap<>();
    String why = "expected lines in each loop that stand for each other";
    for (int choice = 0; ; choice++) {
      if (!points.breakLoops()) {
        return why;
      }
      counts.regions = 0;
      StepProof.Failure failure =
          new StepProof(world, memory, before, after, points.pairs(), counts).run();
      if (failure == null) {
        return "";
      }
      why = failure.why();
      int times = failures.merge(failure.start(), 1, Integer::sum);
      if (choice == MOST_CHOICES || !points.giveUp(cut -> isGivenUp(cut, failure, times))) {
        return why;
      }
    }
  }

  /**
   * Whether a cut point is one to do without: where the failing paths end, as the difference may be
   * made up for behind it; or where they begin, if they end nowhere, or the same region fails again
   * and again.
   */
  private static boolean isGivenUp(Pair cut, StepProof.Failure failure, int times) {
    boolean endsAtCut = failure.a() >= 0 || failure.b() >= 0;
    boolean isPatient = times <= PATIENCE || failure.start() < 0;
    return (endsAtCut && isPatient)
        ? cut.first() == failure.a() || cut.second() == failure.b()
        : cut.first() == failure.start();
  }

  @Override
  public void close() {
    if (universe != null) {
      universe.solver.close();
      universe = null;
    }
  }
}
