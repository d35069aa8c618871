package dev.scr.k2.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.conformance.RandomPrograms;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.proof.EquivalenceChecker;
import dev.scr.k2.proof.Verdict;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Whatever the rewriter makes of a program is equivalent to it; the checker knows nothing of it.
 */
class RewriterTest {
  private static final int SIZE = 12;

  private static ProgramSpec random(long seed) {
    return RandomPrograms.generate(new SplittableRandom(seed), SIZE);
  }

  private static Rewriter.Result rewrite(ProgramSpec program, Walk walk) {
    return Rewriter.rewrite(
        program, RewriteOptions.CURRENT, Set.of(), walk, _ -> true, () -> false);
  }

  @Test
  void randomProgramsStayWhatTheyAre() {
    int seeds = Math.max(10, Integer.getInteger("scr.seeds", 200) / 10);
    int proved = 0;
    int shorter = 0;
    for (long seed = 0; seed < seeds; seed++) {
      ProgramSpec program = random(seed);
      ProgramSpec result = rewrite(program, new Walk(seed, 1, 1, 20)).program();
      shorter += result.code().slots() < program.code().slots() ? 1 : 0;
      try (EquivalenceChecker checker = EquivalenceChecker.create(CheckerOptions.DEFAULT)) {
        Verdict verdict = checker.check(program, result);
        assertFalse(
            verdict instanceof Verdict.Different,
            "seed " + seed + ": " + verdict + "\n" + program.code() + "=>\n" + result.code());
        proved += verdict instanceof Verdict.Equivalent ? 1 : 0;
      }
    }
    assertTrue(shorter > seeds / 2, "expected most programs to become shorter, found " + shorter);
    assertTrue(proved > seeds / 2, "expected most programs to be proved, found " + proved);
  }

  @Test
  void theSameSeedGivesTheSameProgram() {
    ProgramSpec program = random(3);
    Walk walk = new Walk(7, 2, 2, 30);
    assertEquals(rewrite(program, walk).program(), rewrite(program, walk).program());
  }

  @Test
  void stopsWhenItIsToldToAndKeepsWhatItHas() {
    ProgramSpec program = random(5);
    AtomicInteger asked = new AtomicInteger();
    Rewriter.Result result =
        Rewriter.rewrite(
            program,
            RewriteOptions.CURRENT,
            Set.of(),
            new Walk(1, 1, 1_000_000, 1_000),
            _ -> true,
            () -> asked.incrementAndGet() > 50);
    try (EquivalenceChecker checker = EquivalenceChecker.create(CheckerOptions.DEFAULT)) {
      assertFalse(checker.check(program, result.program()) instanceof Verdict.Different);
    }
  }

  @Test
  void keepsOnlyWhatIsAccepted() {
    ProgramSpec program = random(9);
    int floor =
        Rewriter.tidied(program, RewriteOptions.CURRENT, Set.of(), () -> false).code().slots();
    Rewriter.Result result =
        Rewriter.rewrite(
            program,
            RewriteOptions.CURRENT,
            Set.of(),
            Walk.NONE,
            candidate -> candidate.code().slots() >= floor,
            () -> false);
    assertTrue(result.program().code().slots() >= floor);
  }
}
