package dev.scr.k2.proof;

import static dev.scr.k2.proof.Verdicts.assertEquivalent;
import static dev.scr.k2.proof.Verdicts.assertRefused;
import static dev.scr.k2.proof.Verdicts.assertRefuted;
import static dev.scr.k2.proof.Verdicts.assertUnknown;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Proofs and refutations of whole programs; no random runs, so that the proof itself answers. */
class EquivalenceCheckerTest {
  private static final CheckerOptions OPTIONS =
      new CheckerOptions(true, Duration.ofSeconds(10), 0, 2_000, 20_000, 0, 1);
  private static final MapSpec ARRAY = MapSpec.of("a", MapType.ARRAY, 4, 8, 4);
  private static final MapSpec HASH = MapSpec.of("h", MapType.HASH, 8, 8, 16);

  private static ProgramSpec program(ProgramType type, MapSpec map, String text) {
    return ProgramSpec.of("p", type, Assembler.assemble(text), List.of(map));
  }

  private static Verdict check(ProgramType type, MapSpec map, String original, String candidate) {
    try (EquivalenceChecker checker = EquivalenceChecker.create(OPTIONS)) {
      return checker.check(program(type, map, original), program(type, map, candidate));
    }
  }

  private static Verdict xdp(MapSpec map, String original, String candidate) {
    return check(ProgramType.XDP, map, original, candidate);
  }

  /** Packet in r2 with 34 bytes, or the program ends with XDP_PASS. */
  private static String withPacket(String body) {
    String text =
        """
        r0 = 2
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r4 = r2
        r4 += 34
        if r4 > r3 goto +BODY
        """;
    long slots = Assembler.assemble(body).stream().mapToLong(insn -> insn.slots()).sum();
    return text.replace("BODY", Long.toString(slots)) + body + "exit\n";
  }

  private static final String LADDER =
      """
      r5 = *(u8 *)(r2 + 12)
      r4 = *(u8 *)(r2 + 13)
      r4 <<= 8
      r4 |= r5
      r0 = r4
      """;

  @Test
  void aByteLadderIsAWideLoad() {
    String wide = "r0 = *(u16 *)(r2 + 12)\n";
    assertEquivalent(xdp(ARRAY, withPacket(LADDER), withPacket(wide)));
    assertRefuted(xdp(ARRAY, withPacket(LADDER), withPacket(wide.replace("12", "11"))));
  }

  @Test
  void aLoadBehindTheProvedBoundsIsRefuted() {
    String inside = "r0 = *(u16 *)(r2 + 32)\n";
    String outside = "r0 = *(u32 *)(r2 + 32)\nr0 &= 65535\n";
    assertRefuted(xdp(ARRAY, withPacket(inside), withPacket(outside)));
  }

  @Test
  void anUnalignedLoadIsRefusedWhereTheTargetNeedsAlignment() {
    String odd = LADDER.replace("12", "11").replace("13", "12");
    String wide = "r0 = *(u16 *)(r2 + 11)\n";
    ProgramSpec original = program(ProgramType.XDP, ARRAY, withPacket(odd));
    ProgramSpec candidate = program(ProgramType.XDP, ARRAY, withPacket(wide));
    try (EquivalenceChecker checker = EquivalenceChecker.create(OPTIONS.withUnaligned(false))) {
      assertRefused(checker.check(original, candidate));
    }
    try (EquivalenceChecker checker = EquivalenceChecker.create(OPTIONS)) {
      assertEquivalent(checker.check(original, candidate));
    }
  }

  /** The context of a socket's program shows the socket as it is now. */
  @Test
  void whatASocketIsBeforeAnOptionIsSetIsNotWhatItIsAfterwards() {
    String set =
        """
        *(u32 *)(r10 - 4) = 10
        r6 = r1
        BEFORE
        r1 = r6
        r2 = 6
        r3 = 1001
        r4 = r10
        r4 += -4
        r5 = 4
        call 49
        AFTER
        r0 = r7
        exit
        """;
    String load = "r7 = *(u32 *)(r6 + 72)";
    String late = set.replace("BEFORE\n", "").replace("AFTER", load);
    assertEquivalent(check(ProgramType.SOCK_OPS, ARRAY, late, late.replace("r7", "r8")));
    assertRefused(
        check(
            ProgramType.SOCK_OPS, ARRAY, late, set.replace("BEFORE", load).replace("AFTER\n", "")));
  }

  private static final String COUNT =
      """
      r6 = r1
      r1 = 0
      *(u32 *)(r10 - 4) = r1
      r2 = r10
      r2 += -4
      r1 = map[idx:0] ll
      call 1
      if r0 == 0 goto +3
      r1 = *(u64 *)(r0 + 0)
      r1 += 1
      *(u64 *)(r0 + 0) = r1
      r0 = 2
      exit
      """;

  @Test
  void aConstantKeyOfAnArrayIsAlwaysFound() {
    assertEquivalent(xdp(ARRAY, COUNT, COUNT.replace("if r0 == 0 goto +3\n", "")));
  }

  @Test
  void aKeyOutsideOfAnArrayIsNeverFound() {
    String outside = COUNT.replace("r1 = 0\n", "r1 = 4\n");
    assertEquivalent(xdp(ARRAY, outside, "r0 = 2\nexit\n"));
    assertRefuted(xdp(ARRAY, COUNT, "r0 = 2\nexit\n"));
  }

  /** K2's published miscompile: the key's zero became the upper half of a packet pointer. */
  @Test
  void aPointerStoredInPlaceOfZeroIsRefuted() {
    String pointer =
        COUNT
            .replace("r6 = r1\n", "r6 = *(u32 *)(r1 + 0)\n")
            .replace("r1 = 0\n*(u32 *)(r10 - 4) = r1\n", "*(u64 *)(r10 - 8) = r6\n");
    assertRefuted(xdp(ARRAY, COUNT, pointer));
  }

  @Test
  void aSpillOfHalfTheValueIsRefuted() {
    String spill =
        """
        r4 = *(u64 *)(r2 + 0)
        *(u64 *)(r10 - 8) = r4
        r5 = *(u64 *)(r10 - 8)
        r5 >>= 40
        r0 = r5
        """;
    String half = spill.replace("*(u64 *)(r10 - 8) = r4", "*(u32 *)(r10 - 8) = r4");
    assertRefused(xdp(ARRAY, withPacket(spill), withPacket(half)));
    assertEquivalent(
        xdp(ARRAY, withPacket(spill), withPacket("r5 = *(u64 *)(r2 + 0)\nr5 >>= 40\nr0 = r5\n")));
  }

  @Test
  void aLegacyLoadInXdpIsRefused() {
    String load = "r6 = r1\nr0 = *(u8 *)skb[0]\nexit\n";
    assertRefused(xdp(ARRAY, load, load));
  }

  @Test
  void legacyLoadsOfASocketFilterMerge() {
    String bytes =
        """
        r6 = r1
        r0 = *(u8 *)skb[12]
        r7 = r0
        r7 <<= 8
        r0 = *(u8 *)skb[13]
        r0 |= r7
        exit
        """;
    String word = "r6 = r1\nr0 = *(u16 *)skb[12]\nexit\n";
    assertEquivalent(check(ProgramType.SOCKET_FILTER, ARRAY, bytes, word));
    assertRefuted(check(ProgramType.SOCKET_FILTER, ARRAY, bytes, word.replace("[12]", "[14]")));
  }

  private static String lookup(String after) {
    return """
    r1 = 7
    *(u64 *)(r10 - 8) = r1
    r2 = r10
    r2 += -8
    r1 = map[idx:0] ll
    call 1
    """
        + after;
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"HASH", "LRU_HASH"})
  void aDeadLookupMayGoUnlessItCountsAsAUse(MapType type) {
    MapSpec map = MapSpec.of("m", type, 8, 8, 16);
    Verdict verdict = xdp(map, lookup("r0 = 1\nexit\n"), "r0 = 1\nexit\n");
    if (type == MapType.HASH) {
      assertEquivalent(verdict);
    } else {
      assertRefused(verdict);
    }
  }

  @Test
  void aSecondLookupOfTheSameKeyFindsTheSame() {
    String again =
        """
        if r0 == 0 goto +8
        r2 = r10
        r2 += -8
        r1 = map[idx:0] ll
        call 1
        if r0 == 0 goto +2
        r0 = *(u64 *)(r0 + 0)
        r0 += 1
        r0 &= 255
        exit
        """;
    String once = "if r0 == 0 goto +2\nr0 = *(u64 *)(r0 + 0)\nr0 += 1\nr0 &= 255\nexit\n";
    assertEquivalent(xdp(HASH, lookup(again), lookup(once)));
    assertRefuted(xdp(HASH, lookup(again), lookup(once.replace("+= 1", "+= 2"))));
  }

  private static final String UPDATE =
      """
      r1 = 7
      *(u64 *)(r10 - 8) = r1
      *(u64 *)(r10 - 16) = r1
      r2 = r10
      r2 += -8
      r3 = r10
      r3 += -16
      r4 = 0
      r1 = map[idx:0] ll
      call 2
      r0 = 1
      exit
      """;

  @Test
  void anUpdateKeepsItsKeyAndValue() {
    String second = UPDATE.replace("*(u64 *)(r10 - 16) = r1\n", "");
    assertEquivalent(xdp(HASH, UPDATE, second.replace("+= -16", "+= -8")));
    assertRefuted(xdp(HASH, UPDATE, UPDATE.replace("r1 = 7", "r1 = 8")));
    assertRefuted(xdp(HASH, UPDATE, "r0 = 1\nexit\n"));
  }

  @Test
  void twoAddressesOfAMapMayBeTheSame() {
    // Both keys come from the packet, so the second store may overwrite the first.
    String body =
        """
        r4 = *(u8 *)(r2 + 0)
        r4 &= 3
        *(u32 *)(r10 - 4) = r4
        r4 = *(u8 *)(r2 + 1)
        r4 &= 3
        *(u32 *)(r10 - 8) = r4
        r2 = r10
        r2 += -4
        r1 = map[idx:0] ll
        call 1
        r6 = r0
        r2 = r10
        r2 += -8
        r1 = map[idx:0] ll
        call 1
        FIRST
        SECOND
        r0 = *(u64 *)(r6 + 0)
        """;
    String one = "*(u64 *)(r6 + 0) = 1";
    String two = "*(u64 *)(r0 + 0) = 2";
    String straight = withPacket(body.replace("FIRST", one).replace("SECOND", two));
    String swapped = withPacket(body.replace("FIRST", two).replace("SECOND", one));
    String forwarded = straight.replace("r0 = *(u64 *)(r6 + 0)", "r0 = 1");
    assertEquivalent(xdp(ARRAY, straight, straight));
    assertRefuted(xdp(ARRAY, straight, swapped));
    assertRefuted(xdp(ARRAY, straight, forwarded));
  }

  @Test
  void anAtomicOperationStaysAtomic() {
    String atomic =
        COUNT
            .replace(
                "r1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\n",
                "r1 = 1\nlock *(u64 *)(r0 + 0) += r1\n")
            .replace("goto +3", "goto +2");
    assertEquivalent(xdp(ARRAY, COUNT, atomic));
    assertRefused(xdp(ARRAY, atomic, COUNT));
  }

  @Test
  void aRedirectKeepsItsTarget() {
    String redirect = "r1 = 3\nr2 = 0\ncall 23\nexit\n";
    assertEquivalent(xdp(ARRAY, redirect, "w1 = 3\nw2 = 0\ncall 23\nexit\n"));
    assertRefuted(xdp(ARRAY, redirect, redirect.replace("= 3", "= 4")));
  }

  @Test
  void aFunctionIsWhatItsBodyIs() {
    String call =
        """
        r1 = *(u32 *)(r1 + 12)
        call pc+1
        exit
        r0 = r1
        r0 *= 3
        exit
        """;
    String inlined = "r0 = *(u32 *)(r1 + 12)\nr1 = r0\nr0 += r0\nr0 += r1\nexit\n";
    assertEquivalent(xdp(ARRAY, call, inlined));
    assertRefuted(xdp(ARRAY, call, inlined.replace("r0 += r1", "r0 -= r1")));
  }

  @Test
  void aLoopWithAKnownCountIsUnrolled() {
    String loop =
        """
        r1 = *(u32 *)(r1 + 12)
        r0 = 0
        r2 = 5
        r0 += r1
        r2 += -1
        if r2 != 0 goto -3
        exit
        """;
    assertEquivalent(xdp(ARRAY, loop, "r0 = *(u32 *)(r1 + 12)\nr0 *= 5\nexit\n"));
    assertRefuted(xdp(ARRAY, loop, "r0 = *(u32 *)(r1 + 12)\nr0 *= 4\nexit\n"));
  }

  @Test
  void aTailCallKeepsItsIndexAndWhatTheNextProgramSees() {
    MapSpec programs = MapSpec.of("t", MapType.PROG_ARRAY, 4, 4, 4);
    String call = "r3 = 1\nr2 = map[idx:0] ll\ncall 12\nr0 = 2\nexit\n";
    assertEquivalent(xdp(programs, call, call.replace("r3 = 1", "w3 = 1")));
    assertRefused(xdp(programs, call, call.replace("r3 = 1", "r3 = 2")));
    assertRefused(xdp(programs, call, "r0 = 2\nexit\n"));
  }

  @Test
  void branchesMayBeTurnedAround() {
    String original = withPacket("r4 = *(u8 *)(r2 + 0)\nif r4 > 7 goto +1\nr0 = 1\n");
    String turned = withPacket("r4 = *(u8 *)(r2 + 0)\nif r4 >= 8 goto +1\nr0 = 1\n");
    assertEquivalent(xdp(ARRAY, original, turned));
    assertRefuted(xdp(ARRAY, original, turned.replace(">= 8", ">= 9")));
  }

  @Test
  void packetWritesCount() {
    String swap =
        """
        r4 = *(u16 *)(r2 + 0)
        r5 = *(u16 *)(r2 + 2)
        *(u16 *)(r2 + 0) = r5
        *(u16 *)(r2 + 2) = r4
        """;
    String wide =
        """
        r4 = *(u32 *)(r2 + 0)
        r5 = r4
        r5 <<= 16
        w4 >>= 16
        r4 |= r5
        *(u32 *)(r2 + 0) = r4
        """;
    assertEquivalent(xdp(ARRAY, withPacket(swap), withPacket(wide)));
    assertRefuted(xdp(ARRAY, withPacket(swap), withPacket(wide.replace("<<= 16", "<<= 8"))));
  }

  @Test
  void anInnerMapKeepsItsKey() {
    MapSpec outer = MapSpec.of("o", MapType.ARRAY_OF_MAPS, 4, 4, 2);
    String inner =
        """
        *(u32 *)(r10 - 4) = 1
        r2 = r10
        r2 += -4
        r1 = map[idx:0] ll
        call 1
        if r0 == 0 goto out
        r1 = r0
        *(u64 *)(r10 - 16) = 9
        r2 = r10
        r2 += -16
        call 1
        if r0 == 0 goto out
        r0 = *(u8 *)(r0 + 3)
        exit
        out:
        r0 = 2
        exit
        """;
    String moved =
        inner.replace("r1 = r0\n*(u64 *)(r10 - 16) = 9", "*(u64 *)(r10 - 16) = 9\nr1 = r0");
    assertEquivalent(xdp(outer, inner, moved));
    assertRefused(xdp(outer, inner, moved.replace("= 9", "= 8")));
    assertRefused(xdp(outer, inner, moved.replace("r0 + 3", "r0 + 4")));
  }

  /** Counts what a helper with such a number says, after its error has been made 64 bits wide. */
  private static String counting(int helper) {
    return """
    r6 = r1
    r1 = 1
    *(u32 *)(r10 - 4) = r1
    r1 = map[idx:0] ll
    r2 = r10
    r2 += -4
    call 1
    if r0 == 0 goto out
    r7 = r0
    r8 = *(u32 *)(r6 + 40)
    r1 = r6
    r2 = 12
    r3 = r10
    r3 += -16
    r4 = 8
    r5 = 0
    call HELPER
    r0 <<= 32
    r0 s>>= 32
    if r0 s< 0 goto out
    *(u64 *)(r7 + 0) = r8
    out:
    r0 = 2
    exit
    """
        .replace("HELPER", String.valueOf(helper));
  }

  private static final String EXTENSION = "r0 <<= 32\nr0 s>>= 32\n";

  @Test
  void anErrorOfAHelperHasItsSignInTheUpperHalf() {
    String load = counting(26);
    assertEquivalent(check(ProgramType.TC, ARRAY, load, load.replace(EXTENSION, "")));
    assertRefuted(check(ProgramType.TC, ARRAY, load, load.replace(EXTENSION, "r0 >>= 1\n")));
  }

  @Test
  void aHelperThatTakesNoContextIsNotOneThatTakesIt() {
    String none = "r6 = r1\nr1 = 0\ncall 122\nr0 &= 1\nexit\n";
    assertEquivalent(check(ProgramType.TC, ARRAY, none, none.replace("r6 = r1\n", "")));
    assertRefused(check(ProgramType.TC, ARRAY, none, none.replace("r1 = 0", "r1 = r6")));
    assertRefused(check(ProgramType.TC, ARRAY, none, none.replace("r1 = 0", "r1 = 8")));
  }

  /** An old kernel's operations on maps return 32 bits. */
  @Test
  void anErrorOfAMapNeedNot() {
    String update =
        """
        r1 = 1
        *(u32 *)(r10 - 4) = r1
        r1 = map[idx:0] ll
        r2 = r10
        r2 += -4
        r3 = r10
        r3 += -16
        *(u64 *)(r10 - 16) = 7
        r4 = 0
        call 2
        r0 <<= 32
        r0 s>>= 32
        if r0 s< 0 goto out
        r0 = 2
        exit
        out:
        r0 = 1
        exit
        """;
    assertRefused(xdp(ARRAY, update, update.replace(EXTENSION, "")));
  }

  /** A solver's input that only a helper could bring about is no difference. */
  @Test
  void aDoubtAboutAHelperIsNoDifference() {
    String change = counting(31).replace("r3 = r10\nr3 += -16\n", "r3 = 0\n");
    Verdict verdict = check(ProgramType.TC, ARRAY, change, change.replace(EXTENSION, ""));
    assertUnknown(verdict);
  }

  @Test
  void aProofHasATimeLimit() {
    ProgramSpec spec = program(ProgramType.XDP, ARRAY, withPacket(LADDER));
    try (EquivalenceChecker checker =
        EquivalenceChecker.create(OPTIONS.withTimeLimit(Duration.ZERO))) {
      assertInstanceOf(Verdict.Unknown.class, checker.check(spec, spec));
    }
  }

  @Test
  void theSameQuestionIsAnsweredFromMemory() {
    ProgramSpec spec = program(ProgramType.XDP, ARRAY, COUNT);
    try (EquivalenceChecker checker = EquivalenceChecker.create(OPTIONS)) {
      checker.check(spec, spec);
      checker.check(spec, spec);
      assertEquals(1, checker.answeredFromCache());
    }
  }
}
