package dev.scr.k2.proof;

import static dev.scr.k2.proof.Verdicts.assertEquivalent;
import static dev.scr.k2.proof.Verdicts.assertUnknown;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramSpec.FunctionStart;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.proof.CutPoints.Pair;
import dev.scr.k2.proof.Verdict.Equivalent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Proofs by induction over the rounds of a loop, and faults that only some rounds show. */
class LoopProofTest {
  private static final CheckerOptions OPTIONS =
      new CheckerOptions(true, Duration.ofSeconds(10), 0, 200, 20_000, 0, 1);
  private static final List<MapSpec> MAPS =
      List.of(MapSpec.of("a", MapType.ARRAY, 4, 16, 4), MapSpec.of("h", MapType.HASH, 8, 8, 16));
  private static final BareProof PROOF = new BareProof(MAPS, OPTIONS);

  /**
   * Up to 200 bytes of the packet, as many as its first one says: their sum and the last one go
   * into a map value, the sum is returned.
   */
  private static final String SUM =
      """
      r9 = 0
      *(u32 *)(r10 - 4) = r9
      r6 = *(u32 *)(r1 + 0)
      r7 = *(u32 *)(r1 + 4)
      r2 = r10
      r2 += -4
      r1 = map[idx:0] ll
      call 1
      if r0 == 0 goto out
      r2 = r6
      r2 += 1
      if r2 > r7 goto out
      r8 = *(u8 *)(r6 + 0)
      r5 = 0
      r4 = 0
      loop:
      if r5 >= r8 goto done
      r6 += 1
      r3 = r6
      r3 += 1
      if r3 > r7 goto done
      r3 = *(u8 *)(r6 + 0)
      r9 += r3
      r9 ^= r4
      r4 = r3
      *(u64 *)(r0 + 0) = r9
      *(u64 *)(r0 + 8) = r3
      r5 += 1
      if r5 != 200 goto loop
      done:
      r0 = r9
      exit
      out:
      r0 = 0
      exit
      """;

  private static ProgramSpec xdp(String text) {
    return xdp(Assembler.assemble(text));
  }

  private static ProgramSpec xdp(List<Instruction> code) {
    return ProgramSpec.of("p", ProgramType.XDP, code, MAPS);
  }

  private static Verdict check(String original, String candidate) {
    return check(xdp(original), xdp(candidate));
  }

  private static Verdict check(ProgramSpec original, ProgramSpec candidate) {
    try (StepChecker checker = StepChecker.create(OPTIONS)) {
      return checker.check(original, candidate);
    }
  }

  /** The program with one piece of its text replaced. */
  private static String changed(String program, String piece, String with) {
    assertEquals(2, program.split(piece.replaceAll("([*+()^])", "\\\\$1"), -1).length, piece);
    return program.replace(piece, with);
  }

  @Test
  void aLoopOfManyRoundsIsProvedInAFewRegions() {
    Verdict verdict = check(SUM, SUM);
    Equivalent equivalent = assertInstanceOf(Equivalent.class, verdict, verdict.toString());
    assertTrue(equivalent.statistics().paths() < 100, verdict.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Another way to say the same in the body, in the test and behind the loop.
        "r6 += 1\\nr3 = r6\\nr3 += 1\\nif r3 | r3 = r6\\nr3 += 2\\nr6 += 1\\nif r3",
        "r9 += r3\\nr9 ^= r4 | r3 += r9\\nr9 = r3\\nr9 ^= r4\\nr3 = *(u8 *)(r6 + 0)",
        "r4 = r3\\n*(u64 *)(r0 + 0) = r9 | *(u64 *)(r0 + 0) = r9\\nr4 = r3",
        "if r5 != 200 goto loop | if r5 < 200 goto loop",
        "if r5 != 200 goto loop | if r5 s< 200 goto loop",
        "r5 += 1\\nif | w5 += 1\\nif",
        "r0 = r9\\nexit\\nout | w0 = w9\\nexit\\nout",
        // The order of stores to different places.
        "*(u64 *)(r0 + 0) = r9\\n*(u64 *)(r0 + 8) = r3 "
            + "| *(u64 *)(r0 + 8) = r3\\n*(u64 *)(r0 + 0) = r9",
      })
  void whatSaysTheSameIsProved(String piece, String with) {
    assertEquivalent(check(SUM, changed(SUM, lines(piece), lines(with))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Matters from the second round on: what one hands to the next.
        "r4 = r3\\n | r4 = 0\\n",
        "r4 = r3\\n | r4 = r9\\n",
        "r9 ^= r4\\nr4 = r3 | r4 = r3\\nr9 ^= r4",
        "r9 += r3 | r9 = r3",
        "r4 = 0\\nloop | r4 = 1\\nloop",
        // Another bound, another first round, another way out.
        "if r5 != 200 goto loop | if r5 != 201 goto loop",
        "if r5 != 200 goto loop | if r5 != 199 goto loop",
        "if r5 != 200 goto loop | if r5 < 199 goto loop",
        "r5 = 0 | r5 = 1",
        "r5 += 1\\nif | r5 += 2\\nif",
        "if r5 >= r8 goto done | if r5 > r8 goto done",
        "if r5 >= r8 goto done | if r5 == 0 goto done",
        "if r5 >= r8 goto done | if r5 >= r8 goto out",
        // No back edge: one round only.
        "if r5 != 200 goto loop | if r5 != 200 goto done",
        "if r5 != 200 goto loop | goto done",
        // Stores to one place the other way round, or to another.
        "*(u64 *)(r0 + 8) = r3 | *(u64 *)(r0 + 4) = r3",
        "r9 += r3\\nr9 ^= r4\\nr4 = r3\\n*(u64 *)(r0 + 0) = r9 "
            + "| *(u64 *)(r0 + 0) = r9\\nr9 += r3\\nr9 ^= r4\\nr4 = r3",
        // The check of the packet that each round needs for its own byte.
        "r6 += 1\\nr3 = r6\\nr3 += 1\\nif r3 > r7 goto done | r6 += 1",
      })
  void whatSomeRoundsDoOtherwiseIsNotProved(String piece, String with) {
    assertUnknown(check(SUM, changed(SUM, lines(piece), lines(with))));
  }

  private static String lines(String text) {
    return text.replace("\\n", "\n");
  }

  @Test
  void theOrderOfStoresToOnePlaceInTheBodyCounts() {
    String twice = changed(SUM, "*(u64 *)(r0 + 8) = r3", "*(u64 *)(r0 + 0) = r3");
    assertEquivalent(check(twice, changed(twice, "*(u64 *)(r0 + 0) = r9\n", "")));
    assertUnknown(
        check(
            twice,
            changed(
                twice,
                "*(u64 *)(r0 + 0) = r9\n*(u64 *)(r0 + 0) = r3",
                "*(u64 *)(r0 + 0) = r3\n*(u64 *)(r0 + 0) = r9")));
  }

  @Test
  void aLoopThatDoesNotEndIsNotProved() {
    assertUnknown(check(SUM, changed(SUM, "r5 += 1\nif", "if")));
    assertUnknown(check(SUM, changed(SUM, "if r5 != 200 goto loop", "self:\ngoto self")));
    String idle = changed(SUM, "r0 = r9\nexit\nout", "r0 = r9\nidle:\nr0 += 0\ngoto idle\nout");
    assertUnknown(check(SUM, idle));
  }

  /**
   * Rounds in which {@code r6} is a number at first, then {@code next}; the packet's first byte
   * says how many there are.
   */
  private static String rounds(String next, String result) {
    return """
    r0 = 0
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 2
    if r4 > r3 goto out
    r7 = *(u8 *)(r2 + 0)
    r8 = *(u8 *)(r2 + 1)
    r6 = 7
    r5 = 0
    loop:
    NEXT
    r5 += 1
    if r5 > 99 goto done
    if r5 < r7 goto loop
    done:
    RESULT
    out:
    exit
    """
        .replace("NEXT", next)
        .replace("RESULT", result);
  }

  @Test
  void whatHoldsAtFirstMustGoOnHolding() {
    String tested = "r0 = r6\nr0 ^= 7";
    String known = "r0 = r6\nr0 &= 8";
    // 7 at first, but not later.
    for (String next : List.of("r6 += 1", "r6 = r8", "r6 ^= 1", "r6 <<= 1", "r6 = r5")) {
      assertEquivalent(check(rounds(next, tested), rounds(next, tested)));
      assertUnknown(check(rounds(next, tested), rounds(next, known)));
      assertUnknown(
          check(rounds("r0 += r6\n" + next, ""), rounds("r0 += 7\nr0 &= -1\n" + next, "r6 = r6")));
    }
    // Always 7.
    for (String next : List.of("r6 += 0", "r6 = 7", "r6 = r6", "r6 |= 2")) {
      assertEquivalent(check(rounds(next, tested), rounds(next, known)));
    }
    // 7 or 8.
    assertEquivalent(check(rounds("r6 = 8", "r0 = r6"), rounds("r6 = 8", "r0 = r6\nr0 &= 15")));
    assertUnknown(check(rounds("r6 = 8", "r0 = r6"), rounds("r6 = 8", "r0 = r6\nr0 &= 7")));
  }

  @Test
  void boundsThatEveryRoundKeepsAreFound() {
    // The counter stays below 100, whatever the round.
    String counter = rounds("r6 = r5", "r0 = r6");
    assertEquivalent(check(counter, rounds("r6 = r5", "r0 = r6\nr0 &= 127")));
    assertEquivalent(check(counter, rounds("r6 = r5\nif r5 > 99 goto done", "r0 = r6")));
    assertEquivalent(check(rounds("r6 = r5\nif r5 > 100 goto loop", "r0 = r6"), counter));
    // This is too narrow: it holds for a while.
    assertUnknown(check(counter, rounds("r6 = r5", "r0 = r6\nr0 &= 63")));
    assertUnknown(check(counter, rounds("r6 = r5\nif r5 > 97 goto done", "r0 = r6")));
    assertUnknown(check(counter, rounds("r6 = r5\nif r5 > 3 goto done", "r0 = r6")));
    // Nothing bounds this but its width.
    String grows = rounds("r6 += r6", "r0 = r6");
    assertUnknown(check(grows, rounds("r6 += r6", "r0 = r6\nr0 &= 65535")));
  }

  @Test
  void anAccessIsProvedForEveryRound() {
    String text =
        """
        r0 = 0
        r6 = 0
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r4 = r2
        r4 += 100
        if r4 > r3 goto out
        loop:
        r5 = r2
        r5 += r6
        r5 = *(u8 *)(r5 + 0)
        r0 += r5
        r6 += 1
        if r6 < 100 goto loop
        out:
        exit
        """;
    assertEquivalent(check(text, text));
    // A byte behind the one of the original is inside but in the last round.
    String wide = changed(text, "r5 = *(u8 *)(r5 + 0)", "r5 = *(u16 *)(r5 + 0)\nr5 &= 255");
    assertUnknown(check(text, wide));
    assertEquivalent(
        check(changed(text, "r4 += 100", "r4 += 101"), changed(wide, "100\nif", "101\nif")));
  }

  /** Two loops, one in the other. */
  private static String nested(String inner, String outer) {
    return """
    r0 = 0
    r6 = 0
    r8 = *(u32 *)(r1 + 12)
    outer:
    r7 = 0
    inner:
    INNER
    r7 += 1
    if r7 != 30 goto inner
    OUTER
    r6 += 1
    if r6 != 40 goto outer
    exit
    """
        .replace("INNER", inner)
        .replace("OUTER", outer);
  }

  @Test
  void loopsMayHaveLoops() {
    String text = nested("r0 += r8\nr8 ^= r7", "r0 ^= r6");
    assertEquivalent(check(text, text));
    assertEquivalent(check(text, nested("r3 = r7\nr0 += r8\nr8 ^= r3", "r0 ^= r6")));
    assertUnknown(check(text, nested("r0 += r8\nr8 ^= r6", "r0 ^= r6")));
    assertUnknown(check(text, nested("r0 += r8\nr8 ^= r7", "r0 ^= r7")));
    assertUnknown(check(text, nested("r0 += r8\nr8 ^= r7", "r0 += r6")));
    assertUnknown(check(text, changed(text, "goto inner", "goto outer")));
    assertUnknown(check(text, changed(text, "if r6 != 40 goto outer", "if r6 == 40 goto +0")));
  }

  /** A function with a loop, called from two places. */
  private static ProgramSpec called(String body, String between) {
    String text =
        """
        r6 = *(u32 *)(r1 + 12)
        r7 = r6
        r1 = r6
        call sum
        r6 = r0
        BETWEEN
        r1 = r6
        call sum
        r0 += r7
        exit
        sum:
        r6 = 0
        r7 = 0
        loop:
        BODY
        r7 += 1
        if r7 < 50 goto loop
        r0 = r6
        exit
        """;
    List<Instruction> code =
        Assembler.assemble(text.replace("BODY", body).replace("BETWEEN", between));
    int start = 1;
    while (!(code.get(start - 1) instanceof Instruction.Exit)) {
      start++;
    }
    return new ProgramSpec(
        "p",
        "xdp",
        ProgramType.XDP,
        new InstructionList(code),
        List.of(new FunctionStart("p", 0), new FunctionStart("sum", start)),
        MAPS);
  }

  @Test
  void functionsMayHaveLoops() {
    ProgramSpec program = called("r6 += r1", "r6 ^= 1");
    assertEquivalent(check(program, program));
    assertEquivalent(check(program, called("r2 = r1\nr2 += r6\nr6 = r2", "r6 ^= 1")));
    assertUnknown(check(program, called("r6 += r7", "r6 ^= 1")));
    assertUnknown(check(program, called("r6 += r1", "r6 ^= 2")));
    // What the caller keeps, and where the function returns to.
    assertUnknown(check(program, called("r6 += r1", "r7 ^= 1")));
    assertUnknown(check(called("r6 += r1", "r7 = r7"), called("r6 += r1", "r7 = r6")));
  }

  // Faults in the proof itself.

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 5, 6, 7, 8, 9})
  void aValueThatARoundHandsOnAndALoopHeadDropsMakesTheProofFail(int register) {
    ProgramSpec program = xdp(SUM);
    ProgramShape sound = ProgramShape.of(program);
    List<Pair> cuts = CutPoints.of(sound, sound).pairs();
    assertNull(PROOF.prove(sound, sound, cuts));
    ProgramShape lossy = BareProof.without(program, register, false);
    assertNotNull(PROOF.prove(lossy, sound, cuts));
    assertNotNull(PROOF.prove(sound, lossy, cuts));
    assertNotNull(PROOF.prove(lossy, lossy, cuts));
  }

  @Test
  void aLoopWithoutACutPointIsFollowedRoundByRound() {
    ProgramShape shape = ProgramShape.of(xdp(SUM));
    List<Pair> cuts = CutPoints.of(shape, shape).pairs();
    List<Pair> none = new ArrayList<>(cuts);
    none.removeIf(pair -> shape.isInLoop(pair.first()));
    assertFalse(none.size() == cuts.size());
    CutPoints points = CutPoints.of(shape, shape);
    assertTrue(points.giveUp(pair -> shape.isInLoop(pair.first())));
    // Another line of the loop takes the place of its head.
    assertTrue(points.breakLoops());
    assertNull(PROOF.prove(shape, shape, points.pairs()));
    assertTrue(points.giveUp(pair -> shape.isInLoop(pair.first())));
    while (points.breakLoops()) {
      assertTrue(points.giveUp(pair -> shape.isInLoop(pair.first())));
    }
    // Lines that do not correspond.
    for (int i = 0; i + 1 < cuts.size(); i++) {
      List<Pair> wrong = BareProof.swapped(cuts, i);
      assertNotNull(PROOF.prove(shape, shape, wrong), wrong.toString());
    }
  }
}
