package dev.scr.ebpf.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Disassembler.Dialect;
import dev.scr.ebpf.object.Fixtures;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
  private static final long SEED = Long.getLong("seed", 20260101);

  @ParameterizedTest
  @EnumSource
  void everyInstructionSurvivesItsText(Dialect dialect) {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 200; round++) {
      for (Instruction insn : RandomInstructions.everyForm(random)) {
        String text = Disassembler.text(insn, dialect);
        assertEquals(insn, Assembler.instruction(text), () -> text + " seed " + SEED);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"counter", "reshape", "legacy", "kinds"})
  void wholeProgramsSurvive(String name) {
    for (ProgramSpec program : Fixtures.object(name).programs()) {
      for (Dialect dialect : Dialect.values()) {
        assertEquals(
            program.code().instructions(),
            Assembler.assemble(Disassembler.text(program.code(), dialect)));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "(bf) r6 = r1, r6 = r1",
    "(61) r2 = *(u32 *)(r6 +4), r2 = *(u32 *)(r6 + 4)",
    "(7b) *(u64 *)(r10 -8) = r1, *(u64 *)(r10 - 8) = r1",
    "(55) if r1 != 0x0 goto pc+14, if r1 != 0 goto +14",
    "(16) if w1 == 0xffffffff goto pc-3, if w1 == -1 goto -3",
    "(85) call bpf_map_lookup_elem#1, call 1",
    "(85) call pc+3, call pc+3",
    "(18) r1 = 0xffffffffffffffff, r1 = -1 ll",
    "'(db) r1 = atomic64_fetch_add((u64 *)(r2 +8), r1)', 'r1 = atomic_fetch_add((u64 *)(r2 + 8), r1)'",
    "'(c3) r0 = atomic_cmpxchg((u32 *)(r2 +8), r0, r1)', 'w0 = cmpxchg32_32(r2 + 8, w0, w1)'",
    "(c3) lock *(u32 *)(r2 +8) += r1, lock *(u32 *)(r2 + 8) += w1",
  })
  void theKernelsDialect(String kernel, String llvm) {
    Instruction insn = Assembler.instruction(llvm);
    assertEquals(kernel, Disassembler.text(insn, Dialect.KERNEL));
    assertEquals(insn, Assembler.instruction(kernel));
  }

  @Test
  void linesOfObjdumpAndLabelsAreRead() {
    String text =
        """
        ; a comment
        0000000000000000 <start>:
               0:\tbc 13 00 00 00 00 00 00\tw3 = w1
               1:\t18 01 00 00 05 00 00 00 00 00 00 00 00 00 00 00\tr1 = 5 ll
               3:\t16 01 01 00 09 00 00 00\tif w1 == 9 goto +1 <LBB3_2>
        goto end
        callee:
        w0 = 0
        end:
        exit
        """;
    List<Instruction> program = Assembler.assemble(text);
    assertEquals(
        List.of("w3 = w1", "r1 = 5 ll", "if w1 == 9 goto +1", "goto +1", "w0 = 0", "exit"),
        program.stream().map(Object::toString).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "r11 = 1, no such register r11",
    "r1 = 4294967296, expected a number that fits its field",
    "r1 = *(u64 *)(r2 + 40000), expected a number that fits its field",
    "w1 = (s32)w2, expected source REGISTER_64",
    "r1 = be16 r2, expected an instruction",
    "goto nowhere, unknown label nowhere",
    "frobnicate, expected an instruction",
  })
  void otherTextIsRefused(String text, String message) {
    InvalidInstructionException e =
        assertThrows(InvalidInstructionException.class, () -> Assembler.assemble(text));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
