package dev.scr.k2.proof;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.InvalidInstructionException;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.code.Loops;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether two programs do the same for every input: return value, packet, context, map
 * contents, and calls of helpers with what those can see. The original is taken to have passed the
 * kernel's verifier; the candidate must access memory only where that is proved. Programs are
 * followed path by path; large ones, those with loops, and those that have too many paths, region
 * by region ({@link StepChecker}).
 *
 * <p>A difference is only reported if the interpreter confirms it, or, for program types that
 * cannot run here, with an input that is marked as unconfirmed. One thread at a time.
 */
public final class EquivalenceChecker implements AutoCloseable {
  /** Instructions from which on a proof region by region is tried before one path by path. */
  public static final int LARGE = 300;

  private static final int LARGE_SHARE = 20;

  private static final Verdict NOT_TRIED = new Verdict.Unknown("not tried");

  private final CheckerOptions options;
  private final StepChecker steps;
  private final Map<Pair, Verdict> known = new HashMap<>();

  /** Programs that were not followed to the end in the time that there was. */
  private final Set<ProgramSpec> tooLong = new HashSet<>();

  private long answeredFromCache;

  /** Two programs of which the verdict is known. */
  private record Pair(ProgramSpec original, ProgramSpec candidate) {}

  private EquivalenceChecker(CheckerOptions options) {
    this.options = options;
    this.steps = StepChecker.create(options);
  }

  /** A checker without any verdicts yet. */
  public static EquivalenceChecker create(CheckerOptions options) {
    return new EquivalenceChecker(options);
  }

  /** Why nothing can be proved of a program: it calls a helper of which nothing is known. */
  public static Optional<String> unprovable(ProgramSpec program) {
    return program.code().instructions().stream()
        .filter(CallHelper.class::isInstance)
        .map(call -> ((CallHelper) call).helper())
        .filter(helper -> !HelperCalls.isKnown(helper))
        .findFirst()
        .map(HelperCalls::unknown);
  }

  /** Whether the candidate can stand in the original's place. Both have the same maps. */
  public Verdict check(ProgramSpec original, ProgramSpec candidate) {
    Pair pair = new Pair(canonical(original), canonical(candidate));
    Verdict cached = known.get(pair);
    if (cached != null) {
      answeredFromCache++;
      return cached;
    }
    Verdict verdict = decide(original, candidate, steps, ProofSink.NONE);
    known.put(pair, verdict);
    return verdict;
  }

  /**
   * As {@link #check(ProgramSpec, ProgramSpec)}, never answered from memory; every question to the
   * solver on which the verdict rests is told.
   */
  public Verdict check(ProgramSpec original, ProgramSpec candidate, ProofSink sink) {
    try (StepChecker fresh = StepChecker.create(options, sink)) {
      return decide(original, candidate, fresh, sink);
    }
  }

  /**
   * Whether the candidate can stand in the place of a program that itself can stand in the
   * original's place: as {@link #check(ProgramSpec, ProgramSpec)}, but only region by region, and
   * never {@link Verdict.Different}.
   */
  public Verdict checkStep(ProgramSpec before, ProgramSpec candidate) {
    return steps.check(before, candidate);
  }

  /** How many checks were answered by an earlier one of the same programs. */
  public long answeredFromCache() {
    return answeredFromCache;
  }

  /** Names do not matter. */
  private static ProgramSpec canonical(ProgramSpec spec) {
    return ProgramSpec.of("", spec.type(), spec.code().instructions(), spec.maps());
  }

  private Verdict decide(
      ProgramSpec original, ProgramSpec candidate, StepChecker regions, ProofSink sink) {
    if (original.type() != candidate.type()) {
      return new Verdict.Unknown(
          "expected programs of one type, found " + original.type() + " and " + candidate.type());
    }
    if (!original.maps().equals(candidate.maps())) {
      return new Verdict.Unknown("expected programs with the same maps, found other ones");
    }
    try {
      ControlFlow.of(original.code());
      ControlFlow.of(candidate.code());
    } catch (InvalidProgramException | InvalidInstructionException e) {
      return new Verdict.Unknown("refused: " + e.getMessage());
    }
    boolean loops = Loops.any(original.code());
    boolean large = loops || original.code().size() >= LARGE;
    Verdict byRegions = large ? regions.check(original, candidate) : NOT_TRIED;
    if (byRegions instanceof Verdict.Equivalent) {
      return byRegions;
    }
    Verdict whole =
        loops && tooLong.contains(original)
            ? new Verdict.Unknown("its loops have too many rounds to be followed")
            : byPaths(original, candidate, large ? shortly() : options, sink);
    if (!(whole instanceof Verdict.Unknown(String why))) {
      return whole;
    }
    if (!large) {
      byRegions = regions.check(original, candidate);
    }
    return byRegions instanceof Verdict.Unknown(String other)
        ? new Verdict.Unknown(why + "; region by region: " + other)
        : byRegions;
  }

  /**
   * What has no proof by regions has a small chance of one by paths if it is large or has loops,
   * which are unrolled then.
   */
  private CheckerOptions shortly() {
    return options.withTimeLimit(options.timeLimit().dividedBy(LARGE_SHARE));
  }

  private Verdict byPaths(
      ProgramSpec original, ProgramSpec candidate, CheckerOptions within, ProofSink sink) {
    long begin = System.nanoTime();
    try (ProgramProof proof = new ProgramProof(original, candidate, within, sink)) {
      return proof.run();
    } finally {
      if (System.nanoTime() - begin > within.timeLimit().toNanos()) {
        tooLong.add(original);
      }
    }
  }

  @Override
  public void close() {
    steps.close();
    known.clear();
  }
}
