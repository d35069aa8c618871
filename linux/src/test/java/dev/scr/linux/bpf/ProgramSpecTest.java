package dev.scr.linux.bpf;

import static dev.scr.linux.bpf.Instructions.exit;
import static dev.scr.linux.bpf.Instructions.instruction;
import static dev.scr.linux.bpf.Instructions.move;
import static dev.scr.linux.bpf.Instructions.program;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ProgramSpecTest {
  @Test
  void encodingIsTheKernels() {
    assertArrayEquals(
        new byte[] {(byte) 0xb7, 0, 0, 0, 2, 0, 0, 0, (byte) 0x95, 0, 0, 0, 0, 0, 0, 0},
        program(move(0, 2), exit()));
    assertEquals(0xffff_fffe_fffd_2155L, instruction(0x55, 1, 2, -3, -2));
  }

  @Test
  void halfAnInstructionIsRefused() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> ProgramSpec.of("p", ProgramType.XDP, "GPL", new byte[12]));
    assertEquals(
        "program p: expected a multiple of 8 bytes of instructions, found 12",
        refused.getMessage());
  }

  @Test
  void specDoesNotShareItsBytes() {
    byte[] bytes = program(move(0, 2), exit());
    ProgramSpec spec = ProgramSpec.of("p", ProgramType.XDP, "GPL", bytes);
    bytes[0] = 0;
    spec.instructions()[0] = 0;
    assertArrayEquals(program(move(0, 2), exit()), spec.instructions());
  }

  @Test
  void numbersAreUnique() {
    for (MapType type : MapType.values()) {
      assertEquals(type, MapType.of(type.number()).orElseThrow());
    }
    for (ProgramType type : ProgramType.values()) {
      assertEquals(type, ProgramType.of(type.number()).orElseThrow());
    }
  }

  @Test
  void testInputChecksItsNumbers() {
    TestInput input = TestInput.of(new byte[64]);
    assertThrows(IllegalArgumentException.class, () -> input.repeated(0));
    assertThrows(IllegalArgumentException.class, () -> input.live(-1));
    assertEquals(24, input.arrivingOn(3, 1).context().length);
  }
}
