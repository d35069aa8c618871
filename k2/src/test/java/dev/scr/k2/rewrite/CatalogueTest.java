package dev.scr.k2.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.code.Draft;
import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.proof.EquivalenceChecker;
import dev.scr.k2.proof.Verdict;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What each rewrite is for, on the smallest program that shows it, and that the result is proved.
 * Most of these are in K2's published catalogue (section 9 of its paper) or in Merlin's.
 */
class CatalogueTest {
  private static final MapSpec ARRAY = MapSpec.of("a", MapType.ARRAY, 4, 16, 4);
  private static final MapSpec HASH = MapSpec.of("h", MapType.HASH, 4, 16, 4);

  private static ProgramSpec optimized(
      MapSpec map, RewriteOptions options, Walk walk, String text, int slots) {
    return optimized(ProgramType.XDP, map, options, walk, text, slots);
  }

  private static ProgramSpec optimized(
      ProgramType type, MapSpec map, RewriteOptions options, Walk walk, String text, int slots) {
    ProgramSpec program = ProgramSpec.of("p", type, Assembler.assemble(text), List.of(map));
    ProgramSpec result =
        Rewriter.rewrite(program, options, Set.of(), walk, _ -> true, () -> false).program();
    try (EquivalenceChecker checker = EquivalenceChecker.create(CheckerOptions.DEFAULT)) {
      Verdict verdict = checker.check(program, result);
      assertInstanceOf(Verdict.Equivalent.class, verdict, verdict + "\n" + result.code());
    }
    assertEquals(slots, result.code().slots(), result.code().toString());
    return result;
  }

  private static ProgramSpec optimized(MapSpec map, String text, int slots) {
    return optimized(map, RewriteOptions.CURRENT, Walk.NONE, text, slots);
  }

  /** Looks up the entry of a constant key, then the body with the value in r0, or leaves. */
  private static String withValue(String body) {
    return """
    *(u32 *)(r10 - 4) = 1
    r2 = r10
    r2 += -4
    r1 = map[idx:0] ll
    call 1
    if r0 == 0 goto out
    """
        + body
        + """
        out:
        r0 = 2
        exit
        """;
  }

  private static String withPacket(String body) {
    return """
    r2 = *(u32 *)(r1 + 4)
    r7 = *(u32 *)(r1 + 0)
    r3 = r7
    r3 += 14
    if r3 > r2 goto out
    """
        + body
        + """
        out:
        r0 = 2
        exit
        """;
  }

  @Test
  void loadAddStoreIsAnAtomicAddition() {
    String body =
        """
        r1 = *(u64 *)(r0 + 0)
        r1 += 1
        *(u64 *)(r0 + 0) = r1
        """;
    optimized(HASH, withValue(body), 11);
    RewriteOptions fast = new RewriteOptions(true, true, true, true, true, false, true);
    optimized(HASH, fast, Walk.NONE, withValue(body), 12);
  }

  @Test
  void neighbouringZerosAreOneStore() {
    optimized(
        MapSpec.of("h", MapType.HASH, 4, 8, 4),
        """
        r1 = 0
        *(u32 *)(r10 - 4) = r1
        *(u32 *)(r10 - 8) = r1
        r2 = r10
        r2 += -8
        r3 = r2
        r1 = map[idx:0] ll
        r4 = 0
        call 2
        r0 = 1
        exit
        """,
        10);
  }

  @Test
  void aByteLadderIsOneLoad() {
    ProgramSpec result =
        optimized(
            HASH,
            withPacket(
                """
                r4 = *(u8 *)(r7 + 12)
                r5 = *(u8 *)(r7 + 13)
                r5 <<= 8
                r5 |= r4
                if r5 == 8 goto four
                r0 = 1
                exit
                four:
                r0 = 3
                exit
                """),
            12);
    assertTrue(result.code().toString().contains("u16"), result.code().toString());
    RewriteOptions aligned = new RewriteOptions(true, true, true, false, true, true, true);
    optimized(
        HASH,
        aligned,
        Walk.NONE,
        withPacket(
            """
            r4 = *(u8 *)(r7 + 12)
            r5 = *(u8 *)(r7 + 13)
            r5 <<= 8
            r5 |= r4
            r0 = r5
            exit
            """),
        12);
  }

  @Test
  void addressesAreSwappedInSix() {
    optimized(
        HASH,
        withPacket(
            """
            r1 = *(u16 *)(r7 + 0)
            r2 = *(u16 *)(r7 + 6)
            *(u16 *)(r7 + 0) = r2
            r2 = *(u16 *)(r7 + 8)
            r3 = *(u16 *)(r7 + 2)
            *(u16 *)(r7 + 8) = r3
            *(u16 *)(r7 + 2) = r2
            r2 = *(u16 *)(r7 + 10)
            r3 = *(u16 *)(r7 + 4)
            *(u16 *)(r7 + 10) = r3
            *(u16 *)(r7 + 6) = r1
            *(u16 *)(r7 + 4) = r2
            """),
        13);
  }

  @Test
  void aLookUpThatCannotFailNeedsNoOtherSide() {
    String text =
        """
        *(u32 *)(r10 - 4) = 1
        r2 = r10
        r2 += -4
        r1 = map[idx:0] ll
        call 1
        if r0 == 0 goto never
        r0 = *(u64 *)(r0 + 0)
        exit
        never:
        *(u64 *)(r10 - 16) = 5
        r2 = r10
        r2 += -16
        r0 = 1
        exit
        """;
    RewriteOptions checked = new RewriteOptions(true, true, true, true, true, true, false);
    optimized(ARRAY, checked, Walk.NONE, text, 9);
    optimized(ARRAY, text, 8);
    optimized(HASH, text, 11);
  }

  @Test
  void shiftsThatExtendAreExtensions() {
    String body =
        """
        r3 = *(u32 *)(r7 + 0)
        r3 <<= 32
        r3 s>>= 32
        r0 = r3
        exit
        """;
    optimized(HASH, withPacket(body), 8);
    RewriteOptions old = new RewriteOptions(true, true, false, true, true, true, true);
    optimized(HASH, old, Walk.NONE, withPacket(body), 11);
  }

  @Test
  void returnedConstantsAreNotCarried() {
    optimized(
        HASH,
        """
        r6 = 1
        r2 = *(u32 *)(r1 + 12)
        if r2 == 5 goto out
        r6 = 1
        if r2 == 7 goto out
        r1 = 3
        r2 = 0
        call 23
        r6 = r0
        out:
        r0 = r6
        exit
        """,
        9);
  }

  @Test
  void aChoiceOfAnAddendIsABranchAroundTheAddition() {
    optimized(
        HASH,
        withPacket(
            """
            r1 = *(u16 *)(r7 + 10)
            r2 = 1
            if r1 > 65533 goto one
            r2 = 0
            one:
            r1 += r2
            r1 += 1
            *(u16 *)(r7 + 10) = r1
            """),
        12);
  }

  @Test
  void aBranchKnowsWhatAnEarlierOneDecided() {
    optimized(
        HASH,
        """
        r6 = *(u32 *)(r1 + 12)
        if r6 == 8 goto on
        if r6 != 9 goto out
        on:
        if r6 == 8 goto out
        if r6 != 9 goto other
        r0 = 1
        exit
        other:
        r0 = 3
        exit
        out:
        r0 = 2
        exit
        """,
        6);
  }

  @Test
  void aSumThatIsOnlyComparedIsNotMade() {
    String text =
        """
        r6 = *(u32 *)(r1 + 12)
        if r6 > 65535 goto out
        if r6 < 34887 goto out
        r1 = r6
        r1 += -34887
        if r1 < 2 goto two
        r0 = 1
        exit
        two:
        r0 = r6
        exit
        out:
        r0 = 2
        exit
        """;
    optimized(HASH, text, 9);
    // Without the lower bound the sum may wrap, and the comparison is another one.
    optimized(HASH, text.replace("if r6 < 34887 goto out\n", ""), 10);
  }

  /** One analysis serves for several chains, but not inside a chain that has been shortened. */
  @Test
  void shortenedChainsDoNotSeeEachOthersInside() {
    optimized(
        HASH,
        new RewriteOptions(true, true, true, true, true, true, true),
        Walk.NONE,
        withPacket(
            """
            r4 = *(u8 *)(r7 + 0)
            r3 = r7
            r3 += -20
            r3 += r4
            r4 = r3
            r4 += 20
            r4 += 14
            if r4 > r2 goto out
            r0 = *(u8 *)(r3 + 26)
            exit
            """),
        15);
  }

  private static ProgramSpec onBuffer(String text, int slots) {
    return optimized(ProgramType.TC, HASH, RewriteOptions.CURRENT, Walk.NONE, text, slots);
  }

  /** A tree of comparisons, and a place for each value, as clang makes them of a switch. */
  private static final String SWITCH =
      """
      r6 = *(u32 *)(r1 + 16)
      r0 = 0
      r3 = 1
      if r6 s> 30 goto high
      if r6 == 10 goto three
      if r6 == 20 goto set
      if r6 != 30 goto out
      r3 = 4
      goto set
      high:
      if r6 == 40 goto two
      if r6 == 41 goto two
      if r6 == 50 goto three
      goto out
      two:
      r3 = 2
      goto set
      three:
      r3 = 3
      set:
      *(u32 *)(r1 + 8) = r3
      r0 = 7
      out:
      exit
      """;

  @Test
  void aChoiceAmongConstantsIsAListOfComparisons() {
    ProgramSpec result = onBuffer(SWITCH, 15);
    assertTrue(result.code().toString().contains("if r6 > "), result.code().toString());
    // Where the target cannot compare with less, other borders do.
    RewriteOptions old = new RewriteOptions(false, true, true, true, true, true, true);
    optimized(ProgramType.TC, HASH, old, Walk.NONE, SWITCH, 15);
  }

  /** The value may also be needed where no constant is put into the register. */
  @Test
  void aChoiceMayKeepWhatTheRegisterHad() {
    onBuffer(
        """
        r6 = *(u32 *)(r1 + 16)
        r0 = *(u32 *)(r1 + 0)
        if r6 s> 30 goto high
        if r6 == 10 goto three
        if r6 == 20 goto three
        goto out
        high:
        if r6 == 40 goto two
        if r6 == 50 goto three
        goto out
        two:
        r0 = 2
        goto out
        three:
        r0 = 3
        out:
        r0 += 1
        exit
        """,
        11);
  }

  private static final String LATE =
      """
      r6 = r1
      r7 = *(u32 *)(r6 + 0)
      *(u32 *)(r10 - 4) = r7
      r2 = r10
      r2 += -4
      r1 = map[idx:0] ll
      call 1
      if r0 == 0 goto none
      r0 = *(u32 *)(r0 + 0)
      none:
      *(u32 *)(r6 + 48) = 0
      *(u32 *)(r6 + 52) = 0
      *(u32 *)(r6 + 56) = 0
      exit
      """;

  @Test
  void constantsForTheContextAreStoredWhereItsPointerIs() {
    ProgramSpec result = onBuffer(LATE, 12);
    assertTrue(
        result.code().toString().contains("*(u64 *)(r1 + 48) = 0"), () -> result.code().toString());
  }

  @Test
  void storesToTheContextStayBehindWhatSeesThem() {
    // The call may leave for a program that reads the control block.
    String seen =
        LATE.replace("none:\n", "none:\nr1 = r6\nr2 = map[idx:0] ll\nr3 = 0\ncall 12\nr0 = 0\n");
    ProgramSpec program =
        ProgramSpec.of(
            "p",
            ProgramType.TC,
            Assembler.assemble(seen),
            List.of(MapSpec.of("t", MapType.PROG_ARRAY, 4, 4, 4)));
    ProgramSpec result =
        Rewriter.rewrite(
                program, RewriteOptions.CURRENT, Set.of(), Walk.NONE, _ -> true, () -> false)
            .program();
    String text = result.code().toString();
    assertTrue(text.indexOf("call 12") < text.indexOf(" + 48) = 0"), text);
    // And a path that ends before must not store.
    onBuffer(LATE.replace("if r0 == 0 goto none\n", "if r0 != 0 goto +1\nexit\n"), 14);
  }

  /** clang -O1 keeps a flag, and reads what was only set where the flag was set. */
  private static String onOnePath(String set, String use) {
    return """
    r6 = *(u32 *)(r1 + 12)
    *(u32 *)(r10 - 4) = 1
    r2 = r10
    r2 += -4
    r1 = map[idx:0] ll
    call 1
    if r0 == 0 goto out
    r7 = 0
    if r6 == 3 goto on
    r7 = 1
    """
        + set
        + """
        on:
        if r7 == 0 goto out
        """
        + use
        + """
        out:
        r0 = 2
        exit
        """;
  }

  @Test
  void whatIsSetOnOnePathOnlyIsStoredThere() {
    String set = "r5 = r6\nr5 += 7\nr4 = r6\nr4 *= 3\n";
    String use = "*(u16 *)(r0 + 2) = r6\n*(u16 *)(r0 + 0) = r5\n*(u8 *)(r0 + 4) = r4\n";
    ProgramSpec program =
        ProgramSpec.of(
            "p", ProgramType.XDP, Assembler.assemble(onOnePath(set, use)), List.of(HASH));
    try (EquivalenceChecker checker = EquivalenceChecker.create(CheckerOptions.DEFAULT)) {
      for (Proposal proposal : Proposals.PAYING) {
        int at = 0;
        while (at >= 0) {
          Scene scene = new Scene(Draft.of(program), RewriteOptions.CURRENT);
          at = proposal.propose(scene, at);
          if (at >= 0) {
            ProgramSpec one = scene.draft().program();
            Verdict verdict = checker.check(program, one);
            assertInstanceOf(
                Verdict.Equivalent.class, verdict, proposal.name() + verdict + "\n" + one.code());
            at++;
          }
        }
      }
    }
  }

  @Test
  void whatIsSetOnOnePathOnlyIsAnArgumentThere() {
    String text =
        onOnePath("r2 = 5\n", "r1 = 3\ncall add\nexit\n") + "add:\nr0 = r1\nr0 += r2\nexit\n";
    ProgramSpec program =
        ProgramSpec.of("p", ProgramType.XDP, Assembler.assemble(text), List.of(HASH));
    ProgramSpec result =
        Rewriter.rewrite(
                program, RewriteOptions.CURRENT, Set.of(), Walk.NONE, _ -> true, () -> false)
            .program();
    assertTrue(result.code().toString().contains("r2 = 5"), () -> result.code().toString());
  }
}
