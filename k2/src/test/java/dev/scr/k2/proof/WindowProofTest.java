package dev.scr.k2.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.ValueFact.Pointer;
import dev.scr.k2.proof.ValueFact.Scalar;
import dev.scr.k2.proof.WindowVerdict.DecidedBy;
import dev.scr.k2.proof.WindowVerdict.Different;
import dev.scr.k2.proof.WindowVerdict.Equivalent;
import dev.scr.k2.proof.WindowVerdict.Refused;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowProofTest {
  private static final Reg R0 = Reg.R0;
  private static final Reg R1 = Reg.R1;
  private static final Reg R3 = Reg.of(3);
  private static final Reg R6 = Reg.of(6);
  private static final Precondition SCALARS = Precondition.scalars();
  private static final Precondition PACKET_IN_R1 =
      SCALARS.with(R1, new Pointer(Region.PACKET, 0)).with(R6, new Pointer(Region.PACKET, 0));
  private static final Postcondition NOTHING = Postcondition.live();

  private static WindowVerdict check(
      Precondition pre, Postcondition post, String original, String candidate) {
    return check(pre, post, original, candidate, CheckerOptions.DEFAULT);
  }

  private static WindowVerdict check(
      Precondition pre,
      Postcondition post,
      String original,
      String candidate,
      CheckerOptions options) {
    try (WindowProof proof = WindowProof.open(Assembler.assemble(original), pre, post, options)) {
      return proof.check(Assembler.assemble(candidate));
    }
  }

  private static final String LADDER =
      """
      r3 = *(u8 *)(r1 + 12)
      r0 = *(u8 *)(r1 + 13)
      r0 <<= 8
      r0 |= r3
      """;

  @Test
  void aByteLadderIsAWideLoad() {
    WindowVerdict verdict =
        check(PACKET_IN_R1, Postcondition.live(R0), LADDER, "r0 = *(u16 *)(r1 + 12)");
    assertEquals(new Equivalent(DecidedBy.NORMAL_FORM), verdict);
  }

  @Test
  void theTemporaryOfALadderMayBeLive() {
    WindowVerdict verdict =
        check(PACKET_IN_R1, Postcondition.live(R0, R3), LADDER, "r0 = *(u16 *)(r1 + 12)");
    assertInstanceOf(Different.class, verdict);
  }

  @Test
  void aLoadOutsideWhatTheOriginalReadsIsRefused() {
    WindowVerdict verdict =
        check(PACKET_IN_R1, Postcondition.live(R0), LADDER, "r0 = *(u32 *)(r1 + 12)");
    assertInstanceOf(Refused.class, verdict);
  }

  @Test
  void anUnalignedLoadIsRefusedWhereTheTargetNeedsAlignment() {
    String odd = LADDER.replace("12", "11").replace("13", "12");
    WindowVerdict verdict =
        check(
            PACKET_IN_R1,
            Postcondition.live(R0),
            odd,
            "r0 = *(u16 *)(r1 + 11)",
            CheckerOptions.DEFAULT.withUnaligned(false));
    assertInstanceOf(Refused.class, verdict);
  }

  /** K2's published miscompile: the packet pointer's upper half is not zero. */
  @Test
  void aPacketPointerIsNotThirtyTwoBitsWide() {
    Precondition pre = PACKET_IN_R1.withAccessible(Region.STACK, -8, 0, true);
    WindowVerdict verdict =
        check(
            pre,
            NOTHING.withDead(Region.STACK, -8, -4),
            "r2 = 0\n*(u32 *)(r10 - 4) = r2",
            "*(u64 *)(r10 - 8) = r1");
    Different different = assertInstanceOf(Different.class, verdict);
    assertTrue(different.input().registers().get(1) >>> 32 != 0);
  }

  @Test
  void aNarrowSpillOfAPointerIsRefused() {
    WindowVerdict verdict =
        check(
            PACKET_IN_R1,
            NOTHING.withDead(Region.STACK, -8, 0),
            "*(u64 *)(r10 - 8) = r1",
            "*(u32 *)(r10 - 8) = r1");
    assertInstanceOf(Refused.class, verdict);
  }

  @Test
  void twoStoresAreOne() {
    WindowVerdict verdict =
        check(
            SCALARS,
            NOTHING,
            "r1 = 0\n*(u32 *)(r10 - 4) = r1\n*(u32 *)(r10 - 8) = r1",
            "*(u64 *)(r10 - 8) = 0");
    assertEquals(new Equivalent(DecidedBy.NORMAL_FORM), verdict);
  }

  @Test
  void theFactsOfTheWindowCount() {
    String original = "r0 = r2\nr0 &= r3\nr0 >>= 21";
    String candidate = "w0 = w2\nr0 >>= 21";
    Precondition known = SCALARS.with(R3, Scalar.constant(0xffe0_0000L));
    Postcondition live = Postcondition.live(R0);
    assertInstanceOf(Equivalent.class, check(known, live, original, candidate));
    assertInstanceOf(Different.class, check(SCALARS, live, original, candidate));
  }

  @Test
  void rangesReachTheSolver() {
    Postcondition live = Postcondition.live(R0);
    String original = "r0 = r1\nr0 *= 3\nr0 /= 3";
    Precondition small = SCALARS.with(R1, Scalar.range(0, 1000));
    assertInstanceOf(Equivalent.class, check(small, live, original, "r0 = r1"));
    assertInstanceOf(Different.class, check(SCALARS, live, original, "r0 = r1"));
  }

  @Test
  void theSolverProvesWhatTheNormalFormDoesNot() {
    WindowVerdict verdict =
        check(
            SCALARS,
            Postcondition.live(R0),
            "r0 = r1\nr0 |= r2\nr3 = r1\nr3 &= r2\nr0 -= r3",
            "r0 = r1\nr0 ^= r2");
    assertEquals(new Equivalent(DecidedBy.SOLVER), verdict);
  }

  @Test
  void onlyLiveBitsCount() {
    Postcondition half = NOTHING.withLiveBits(R0, Postcondition.LOWER_HALF);
    assertInstanceOf(Equivalent.class, check(SCALARS, half, "r0 = r1", "w0 = w1"));
    assertInstanceOf(Different.class, check(SCALARS, Postcondition.live(R0), "r0 = r1", "w0 = w1"));
  }

  @Test
  void knownMemoryCounts() {
    Precondition pre =
        SCALARS.withKnown(Region.STACK, -16, MemSize.DW, new Pointer(Region.PACKET, 14));
    WindowVerdict verdict =
        check(
            pre.with(R1, new Pointer(Region.PACKET, 0)),
            Postcondition.live(R0),
            "r2 = *(u64 *)(r10 - 16)\nr0 = *(u8 *)(r2 + 9)",
            "r0 = *(u8 *)(r1 + 23)");
    assertInstanceOf(Equivalent.class, verdict);
  }

  @Test
  void anAtomicOperationStaysAtomic() {
    Precondition pre = SCALARS.with(R1, new Pointer(new Region(Region.Kind.MAP_VALUE, "m"), 0));
    String atomic = "lock *(u64 *)(r1 + 0) += r2";
    String plain = "r3 = *(u64 *)(r1 + 0)\nr3 += r2\n*(u64 *)(r1 + 0) = r3";
    assertInstanceOf(Refused.class, check(pre, NOTHING, atomic, plain));
    assertInstanceOf(Equivalent.class, check(pre, NOTHING, plain, atomic));
  }

  @Test
  void aRegisterWithoutValueIsNotRead() {
    Precondition pre = SCALARS.with(R3, new ValueFact.Unusable());
    assertInstanceOf(Refused.class, check(pre, NOTHING, "r0 = r1", "r0 = r3"));
  }

  @Test
  void arithmeticOnAPointerIsRefused() {
    Postcondition live = Postcondition.live(R0);
    assertInstanceOf(
        Refused.class, check(PACKET_IN_R1, live, "r0 = r1\nr0 += 1", "r0 = r1\nr0 |= 1"));
  }

  @Test
  void aJumpIsNotPartOfAWindow() {
    List<dev.scr.ebpf.isa.Instruction> jump = Assembler.assemble("goto +0\nexit");
    assertThrows(
        IllegalArgumentException.class,
        () -> WindowProof.open(jump, SCALARS, NOTHING, CheckerOptions.DEFAULT));
  }
}
