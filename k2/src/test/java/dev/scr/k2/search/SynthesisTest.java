package dev.scr.k2.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.Postcondition;
import dev.scr.k2.proof.WindowVerdict;
import dev.scr.k2.proof.WindowVerdict.DecidedBy;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the syntheses find, and that it is right. */
class SynthesisTest {
  private static final long SEED = Long.getLong("seed", 20260101);
  private static final int RANDOM_WINDOWS = Integer.getInteger("scr.seeds", 200) / 2;

  private static final EnumerativeSearch ENUMERATION =
      new EnumerativeSearch(TargetFeatures.V1, Cost.SIZE, 300_000);
  private static final ByteShuffle SHUFFLE = new ByteShuffle(TargetFeatures.V1, Cost.SIZE, 100_000);

  /** Believes everything: what a broken checker would do. */
  private static final WindowProver CREDULOUS =
      _ -> _ -> new WindowVerdict.Equivalent(DecidedBy.SOLVER);

  private static Optional<List<Instruction>> best(Window window) {
    Optional<List<Instruction>> moved =
        SHUFFLE.search(window, Reference.PROVER, SEED).replacement();
    return moved.isPresent()
        ? moved
        : ENUMERATION.search(window, Reference.PROVER, SEED).replacement();
  }

  static List<Golden> goldens() {
    return Golden.all();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void publishedRewritesAreFound(Golden golden) {
    found(golden);
  }

  @Test
  void addressesAreSwappedWithoutTouchingWhatIsBehindThem() {
    found(Golden.strictSwap());
  }

  private static void found(Golden golden) {
    List<Instruction> code = best(golden.window()).orElseThrow();
    assertTrue(Cost.SIZE.of(code) <= golden.slots(), () -> golden + ": found " + code);
    assertEquals(
        Optional.empty(),
        Reference.difference(golden.window(), code, 500, SEED + 1),
        () -> golden + ": " + code);
  }

  /** Whatever is accepted does the same as the original, for inputs that nobody chose for it. */
  @Test
  void replacementsOfRandomWindowsAreRight() {
    System.out.println("random windows: " + RANDOM_WINDOWS + ", -Dseed=" + SEED);
    int replaced = 0;
    for (int i = 0; i < RANDOM_WINDOWS; i++) {
      long seed = SEED + i;
      Window window = randomWindow(seed);
      for (TargetFeatures target : List.of(TargetFeatures.V1, TargetFeatures.V4)) {
        Optional<List<Instruction>> code =
            new EnumerativeSearch(target, Cost.SIZE, 20_000)
                .search(window, Reference.PROVER, seed)
                .replacement();
        if (code.isPresent()) {
          replaced++;
          assertEquals(
              Optional.empty(),
              Reference.difference(window, code.get(), 300, seed + 1),
              () -> "-Dseed=" + seed + "\n" + window.text() + "\n=> " + code);
        }
      }
    }
    assertTrue(replaced > RANDOM_WINDOWS / 4, "hardly anything was replaced: " + replaced);
  }

  /** Random changes of a golden window that a kernel would still accept. */
  private static Window randomWindow(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Golden> all = Golden.all();
    Window window = all.get(random.nextInt(all.size())).window();
    Layout layout = Layout.of(window).orElseThrow();
    Moves moves = new Moves(layout, TargetFeatures.V1, StochasticSettings.TABLE_8.get(1), random);
    Instruction[] code = window.code().toArray(new Instruction[0]);
    int changes = 0;
    while (changes < 3) {
      Instruction[] next = code.clone();
      moves.propose(next);
      List<Instruction> candidate = Arrays.stream(next).filter(Objects::nonNull).toList();
      if (!candidate.isEmpty() && accepted(layout, candidate)) {
        code = candidate.toArray(new Instruction[0]);
        changes++;
      }
      if (random.nextInt(200) == 0) {
        break;
      }
    }
    return window.with(List.of(code));
  }

  private static boolean accepted(Layout layout, List<Instruction> code) {
    Places places = Places.before(layout);
    for (Instruction insn : code) {
      Step step = Step.of(insn, layout);
      if (!places.allows(step, TargetFeatures.V1)) {
        return false;
      }
      places.step(step);
    }
    for (int r = 0; r < 10; r++) {
      if (layout.liveBits(r) != 0 && !places.usable(r)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Tests alone do not tell {@code r1 != number} from 1; the solver does, and its input is kept.
   */
  @Test
  void counterexamplesAreUsed() {
    Golden needle = Golden.needle();
    Synthesis honest =
        new EnumerativeSearch(TargetFeatures.V1, Cost.SIZE, 50_000)
            .search(needle.window(), Reference.PROVER, SEED);
    assertTrue(honest.counterexamples() > 0, "no counterexample");
    honest
        .replacement()
        .ifPresent(code -> assertTrue(Cost.SIZE.of(code) > 1, () -> "found " + code));
  }

  /** The planted fault of the test above: without the solver a wrong candidate gets through. */
  @Test
  void aMissingCounterexampleIsNoticed() {
    Golden needle = Golden.needle();
    List<Instruction> wrong =
        ENUMERATION.search(needle.window(), CREDULOUS, SEED).replacement().orElseThrow();
    assertEquals(1, Cost.SIZE.of(wrong), () -> "expected r0 = 1, found " + wrong);
    try (WindowProver.Session session = Reference.PROVER.open(needle.window())) {
      WindowVerdict verdict = session.check(wrong);
      assertTrue(verdict instanceof WindowVerdict.Different, () -> "found " + verdict);
    }
  }

  /** Planted fault: a search that takes the upper half for dead, although it is needed. */
  @Test
  void ignoredUpperHalvesAreNoticed() {
    Window window = Golden.upperHalf().window();
    Window half =
        new Window(
            window.code(),
            window.before(),
            window.after().withLiveBits(Reg.R0, Postcondition.LOWER_HALF));
    List<Instruction> wrong = Assembler.assemble("r0 = r2");
    assertEquals(Optional.empty(), Reference.difference(half, wrong, 200, SEED));
    assertTrue(Reference.difference(window, wrong, 200, SEED).isPresent());
    List<Instruction> right = best(window).orElseThrow();
    assertEquals(1, Cost.SIZE.of(right));
    assertFalse(right.equals(wrong));
  }

  @Test
  void theSameSeedFindsTheSame() {
    for (Golden golden : Golden.all()) {
      assertEquals(
          ENUMERATION.search(golden.window(), Reference.PROVER, 7),
          ENUMERATION.search(golden.window(), Reference.PROVER, 7));
    }
  }
}
