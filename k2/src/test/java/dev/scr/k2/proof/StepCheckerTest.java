package dev.scr.k2.proof;

import static dev.scr.k2.proof.BareProof.without;
import static dev.scr.k2.proof.Verdicts.assertEquivalent;
import static dev.scr.k2.proof.Verdicts.assertUnknown;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.proof.CutPoints.Pair;
import dev.scr.k2.proof.Verdict.Equivalent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Proofs between cut points, and faults in programs and in the proof itself that must show. */
class StepCheckerTest {
  private static final CheckerOptions OPTIONS =
      new CheckerOptions(true, Duration.ofSeconds(10), 0, 200, 20_000, 0, 1);
  private static final List<MapSpec> MAPS =
      List.of(
          MapSpec.of("a", MapType.ARRAY, 4, 8, 4),
          MapSpec.of("h", MapType.HASH, 8, 8, 16),
          MapSpec.of("m", MapType.ARRAY_OF_MAPS, 4, 4, 8));
  private static final BareProof PROOF = new BareProof(MAPS, OPTIONS);

  /** Twelve branches one after the other, which have 4,096 paths. */
  private static final int BRANCHES = 12;

  private static ProgramSpec xdp(String text) {
    return ProgramSpec.of("p", ProgramType.XDP, Assembler.assemble(text), MAPS);
  }

  /**
   * Bytes of the packet go into a number, each by way of a branch; {@code middle} is one of them.
   */
  private static String chain(String middle) {
    StringBuilder text =
        new StringBuilder(
            """
            r6 = r1
            r0 = 2
            r7 = *(u32 *)(r1 + 0)
            r8 = *(u32 *)(r1 + 4)
            r2 = r7
            r2 += 40
            if r2 > r8 goto out
            r9 = 0
            *(u64 *)(r10 - 8) = r9
            """);
    for (int i = 0; i < BRANCHES; i++) {
      text.append(
          """
          r3 = *(u8 *)(r7 + PLACE)
          if r3 > 100 goto lPLACE
          r9 += 1
          *(u64 *)(r10 - 8) = r9
          lPLACE:
          """
              .replace("PLACE", Integer.toString(i)));
      if (i == BRANCHES / 2) {
        text.append(middle);
      }
    }
    return text.append(
            """
            r1 = *(u64 *)(r10 - 8)
            r0 = r9
            r0 <<= 4
            r0 += r1
            out:
            exit
            """)
        .toString();
  }

  private static final String LADDER =
      """
      r3 = *(u8 *)(r7 + 30)
      r4 = *(u8 *)(r7 + 31)
      r4 <<= 8
      r4 |= r3
      r9 += r4
      """;

  private static final String WIDE =
      """
      r4 = *(u16 *)(r7 + 30)
      r9 += r4
      """;

  private static Verdict check(String original, String candidate) {
    try (StepChecker checker = StepChecker.create(OPTIONS)) {
      return checker.check(xdp(original), xdp(candidate));
    }
  }

  @Test
  void whatHasTooManyPathsIsProvedRegionByRegion() {
    try (EquivalenceChecker checker = EquivalenceChecker.create(OPTIONS)) {
      Verdict verdict = checker.check(xdp(chain(LADDER)), xdp(chain(WIDE)));
      Equivalent equivalent = assertInstanceOf(Equivalent.class, verdict, verdict.toString());
      assertTrue(equivalent.statistics().regions() > BRANCHES, verdict.toString());
      assertEquals(1, equivalent.statistics().steps());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // The wrong bytes, not all of them, another register, a branch that looks the same.
        "r4 = *(u16 *)(r7 + 31)\nr9 += r4\n",
        "r4 = *(u8 *)(r7 + 30)\nr9 += r4\n",
        "r4 = *(u16 *)(r7 + 30)\nr9 |= r4\n",
        "r4 = *(u16 *)(r7 + 30)\nr9 += r4\nif r9 > 65000 goto out\n",
        // Not proved to be inside of the packet.
        "r4 = *(u64 *)(r7 + 34)\nr4 = *(u16 *)(r7 + 30)\nr9 += r4\n",
      })
  void aWrongRewriteInOneRegionIsFound(String wrong) {
    assertUnknown(check(chain(LADDER), chain(wrong)));
  }

  @Test
  void whatIsWrittenBeforeOneCutPointAndReadBehindManyIsNotDropped() {
    String spilled = chain("*(u64 *)(r10 - 16) = r9\n").replace("out:", "");
    String reads = spilled.replace("exit", "r2 = *(u64 *)(r10 - 16)\nr0 += r2\nout:\nexit");
    assertEquivalent(check(reads, reads));
    assertUnknown(check(reads, reads.replace("*(u64 *)(r10 - 16) = r9\n", "")));
    assertUnknown(
        check(reads, reads.replace("*(u64 *)(r10 - 16) = r9\n", "*(u64 *)(r10 - 16) = r7\n")));
    // What nobody reads may go.
    String dead = chain("*(u64 *)(r10 - 16) = r9\n");
    assertEquivalent(check(dead, dead.replace("*(u64 *)(r10 - 16) = r9\n", "")));
  }

  @Test
  void aValueInAnotherRegisterIsFoundAgain() {
    String moved = chain(WIDE).replace("r9", "r5");
    assertEquivalent(check(chain(WIDE), moved));
    assertUnknown(check(chain(WIDE), moved.replace("r0 = r5", "r0 = r7")));
  }

  /** A value of 1 or 2, then {@code after}. */
  private static String oneOrTwo(String after) {
    return """
    r2 = *(u32 *)(r1 + 12)
    r6 = 1
    if r2 == 7 goto join
    r6 = 2
    join:
    """
        + after
        + "exit\n";
  }

  @Test
  void whatOneArrivalKnowsIsNotTakenForGranted() {
    String result = oneOrTwo("r0 = r6\n");
    assertUnknown(check(result, oneOrTwo("r0 = 1\n")));
    assertUnknown(check(result, oneOrTwo("r0 = 2\n")));
    // What all know is.
    assertEquivalent(check(result, oneOrTwo("r0 = r6\nr0 &= 3\n")));
    assertUnknown(check(result, oneOrTwo("r0 = r6\nr0 &= 1\n")));
    String tested = oneOrTwo("r0 = 5\nif r6 > 2 goto +1\nr0 = r6\n");
    assertEquivalent(check(tested, result));
    assertUnknown(check(tested.replace("> 2", "> 1"), result));
  }

  @Test
  void whatOnePathHasCheckedOfThePacketIsNotTakenForGranted() {
    String text =
        """
        r0 = 0
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r4 = r2
        r4 += BYTES
        r5 = *(u32 *)(r1 + 12)
        if r5 == 7 goto checked
        r4 = r2
        r4 += 20
        checked:
        if r4 > r3 goto out
        if r5 != 9 goto join
        r0 = 1
        join:
        r6 = r0
        r0 = *(u8 *)(r2 + 15)
        r0 += r6
        out:
        exit
        """;
    String enough = text.replace("BYTES", "20");
    String wider = enough.replace("r0 = *(u8 *)(r2 + 15)", "r0 = *(u16 *)(r2 + 15)\nr0 &= 255");
    assertEquivalent(check(enough, wider));
    // Another path has checked 16 bytes only, so the second byte of the wide load is not proved.
    assertUnknown(check(text.replace("BYTES", "16"), wider));
  }

  /** The value of one key or of another, or none; then {@code then}. */
  private static String lookup(String then) {
    return """
    r6 = *(u32 *)(r1 + 12)
    *(u64 *)(r10 - 8) = r6
    r2 = r10
    r2 += -8
    r1 = map[idx:1] ll
    call 1
    if r0 != 0 goto found
    *(u64 *)(r10 - 8) = 1
    r2 = r10
    r2 += -8
    r1 = map[idx:1] ll
    call 1
    found:
    r7 = r0
    if r6 == 3 goto join
    r6 += 1
    join:
    r0 = 2
    if r7 == 0 goto out
    """
        + then
        + "out:\nexit\n";
  }

  @Test
  void pointersAndNullComeToOneCutPoint() {
    String count = lookup("r1 = *(u64 *)(r7 + 0)\nr1 += 1\n*(u64 *)(r7 + 0) = r1\nr0 = 3\n");
    String atomic = lookup("r1 = 1\nlock *(u64 *)(r7 + 0) += r1\nr0 = 3\n");
    assertEquivalent(check(count, atomic));
    assertUnknown(check(count, atomic.replace("r1 = 1\n", "r1 = 2\n")));
    assertUnknown(check(count, count.replace("if r7 == 0 goto out", "r7 = r7")));
    assertUnknown(check(count, count.replace("(r7 + 0) = r1", "(r7 + 0) = r6")));
  }

  /** A lookup in an inner map, of which the key may reach to the end of the stack. */
  private static String inner(String store) {
    return """
    r6 = *(u32 *)(r1 + 12)
    *(u32 *)(r10 - 4) = r6
    r2 = r10
    r2 += -4
    r1 = map[idx:2] ll
    call 1
    if r0 == 0 goto out
    r7 = r0
    """
        + store
        + """
        r3 = 1
        if r6 == 9 goto join
        r3 = 2
        join:
        *(u64 *)(r10 - 24) = r3
        r2 = r10
        r2 += -24
        r1 = r7
        call 1
        if r0 != 0 goto out
        r0 = 1
        out:
        r0 = 2
        exit
        """;
  }

  @Test
  void theKeyOfAnInnerMapKeepsItsZeros() {
    String zero = "*(u64 *)(r10 - 16) = 0\n";
    assertEquivalent(
        check(inner(zero), inner(zero.replace("u64", "u32") + "*(u32 *)(r10 - 12) = 0\n")));
    assertUnknown(check(inner(zero), inner("")));
    assertUnknown(check(inner(zero), inner(zero.replace("u64", "u32"))));
    try (EquivalenceChecker checker = EquivalenceChecker.create(OPTIONS)) {
      assertFalse(checker.check(xdp(inner(zero)), xdp(inner(""))) instanceof Equivalent);
    }
    // On one path only.
    String sometimes = "if r6 == 5 goto both\n" + zero + "both:\n";
    assertEquivalent(check(inner(sometimes), inner(sometimes)));
    assertUnknown(check(inner(sometimes), inner("")));
    assertUnknown(check(inner(sometimes), inner(zero)));
  }

  @Test
  void numbersOfASequenceStayInTheirOrder() {
    String text = oneOrTwo("call 7\nr7 = r0\ncall 7\nr0 ^= r7\nr0 += r6\n");
    assertEquivalent(check(text, text));
    String early = oneOrTwo("call 7\nr0 += r6\n").replace("r6 = 2", "call 7\nr6 = 2");
    String late = oneOrTwo("call 7\nr0 += r6\n");
    assertUnknown(check(early, late));
  }

  // Faults in the proof itself.

  private static List<Pair> cuts(ProgramSpec original, ProgramSpec candidate) {
    return CutPoints.of(ProgramShape.of(original), ProgramShape.of(candidate)).pairs();
  }

  @Test
  void aLiveValueThatACutPointDropsMakesTheProofFail() {
    ProgramSpec original = xdp(chain(LADDER));
    ProgramSpec candidate = xdp(chain(WIDE));
    List<Pair> cuts = cuts(original, candidate);
    ProgramShape a = ProgramShape.of(original);
    ProgramShape b = ProgramShape.of(candidate);
    assertNull(PROOF.prove(a, b, cuts));
    for (int register : new int[] {7, 9}) {
      assertNotNull(PROOF.prove(without(original, register, false), b, cuts));
      assertNotNull(PROOF.prove(a, without(candidate, register, false), cuts));
      assertNotNull(
          PROOF.prove(
              without(original, register, false), without(candidate, register, false), cuts));
    }
    assertNotNull(PROOF.prove(without(original, -1, true), b, cuts));
    assertNotNull(PROOF.prove(a, without(candidate, -1, true), cuts));
    assertNotNull(PROOF.prove(without(original, -1, true), without(candidate, -1, true), cuts));
  }

  @Test
  void cutPointsThatDoNotCorrespondMakeTheProofFail() {
    ProgramSpec original = xdp(chain(LADDER));
    ProgramSpec candidate = xdp(chain(WIDE));
    ProgramShape a = ProgramShape.of(original);
    ProgramShape b = ProgramShape.of(candidate);
    List<Pair> cuts = cuts(original, candidate);
    assertTrue(cuts.size() >= BRANCHES, cuts.toString());
    for (int i = 0; i + 1 < cuts.size(); i++) {
      List<Pair> wrong = BareProof.swapped(cuts, i);
      assertNotNull(PROOF.prove(a, b, wrong), wrong.toString());
    }
    // A cut point of one version that the other does not have.
    List<Pair> shifted = new ArrayList<>(cuts);
    Pair one = shifted.get(3);
    shifted.set(3, new Pair(one.first(), one.second() + 1));
    assertNotNull(PROOF.prove(a, b, shifted));
    // Fewer of them are still right.
    List<Pair> fewer = new ArrayList<>(cuts);
    fewer.remove(3);
    assertNull(PROOF.prove(a, b, fewer));
  }

  @Test
  void aRegionThatIsKnownIsKnownOnlyUnderTheSameCondition() {
    // The text behind the join is the same in all; what is known there is not.
    String original = oneOrTwo("r0 = r6\nif r0 < 3 goto +1\nr0 = 9\n");
    String candidate = oneOrTwo("r0 = r6\n");
    try (StepChecker checker = StepChecker.create(OPTIONS)) {
      assertEquivalent(checker.check(xdp(original), xdp(candidate)));
      assertUnknown(
          checker.check(
              xdp(original.replace("r6 = 2", "r6 = 4")),
              xdp(candidate.replace("r6 = 2", "r6 = 4"))));
      assertEquivalent(checker.check(xdp(original), xdp(candidate)));
    }
  }

  @Test
  void aSecondCheckKnowsWhatDidNotChange() {
    try (StepChecker checker = StepChecker.create(OPTIONS)) {
      Equivalent first = (Equivalent) checker.check(xdp(chain(LADDER)), xdp(chain(LADDER)));
      Equivalent second = (Equivalent) checker.check(xdp(chain(LADDER)), xdp(chain(WIDE)));
      assertTrue(second.statistics().paths() < first.statistics().paths() / 2, second.toString());
      assertEquals(first.statistics().regions(), second.statistics().regions());
      assertNotEquals(0, second.statistics().paths());
    }
  }
}
