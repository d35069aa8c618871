package dev.scr.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class VerifierLogTest {
  private static final String REFUSAL =
      """
      func#0 @0
      0: R1=ctx() R10=fp0
      0: (61) r1 = *(u32 *)(r1 +0)          ; R1_w=pkt(r=0)
      1: (71) r0 = *(u8 *)(r1 +0)
      invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)
      R1 offset is outside of the packet
      verification time 55 usec
      stack depth 0
      processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
      """;

  @Test
  void digestIsTheInstructionAndWhatWasSaidAboutIt() {
    VerifierLog log = new VerifierLog(REFUSAL);
    assertEquals(
        List.of(
            "1: (71) r0 = *(u8 *)(r1 +0)",
            "invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)",
            "R1 offset is outside of the packet"),
        log.digest());
    assertEquals(OptionalInt.of(1), log.lastInstruction());
    assertEquals(OptionalLong.of(2), log.processedInstructions());
  }

  @Test
  void digestOfALogWithoutInstructionsIsItsEnd() {
    assertEquals(
        List.of("jump out of range from insn 0 to 7"),
        new VerifierLog("jump out of range from insn 0 to 7\nprocessed 0 insns (limit 1000000)\n")
            .digest());
    assertEquals(6, new VerifierLog("a\nb\nc\nd\ne\nf\ng\nh\n").digest().size());
  }

  @Test
  void emptyLogHasNothingToSay() {
    VerifierLog log = new VerifierLog("");
    assertEquals(List.of(), log.digest());
    assertEquals(OptionalInt.empty(), log.lastInstruction());
    assertEquals(OptionalLong.empty(), log.processedInstructions());
  }
}
