package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packet pointers come out of the context whole, however the context pointer got to the load. */
class ContextTest {
  private static final int LENGTH = 77;

  /** Both pointers through r1, and their difference as verdict. */
  private static final String MEASURE =
      """
      r2 = *(u32 *)(r1 + 0)
      r0 = *(u32 *)(r1 + 4)
      r0 -= r2
      exit
      """;

  private static int run(Engine engine, String text) {
    ProgramSpec spec = ProgramSpec.of("text", ProgramType.XDP, Assembler.assemble(text), List.of());
    try (BpfInstance instance = BpfInstance.builder(List.of()).engine(engine).build()) {
      return instance.xdp(spec).run(new byte[LENGTH]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void directly(Engine engine) {
    assertEquals(LENGTH, run(engine, MEASURE));
  }

  @ParameterizedTest
  @EnumSource
  void spilledAcrossACall(Engine engine) {
    assertEquals(
        LENGTH, run(engine, "*(u64 *)(r10 - 8) = r1\ncall 7\nr1 = *(u64 *)(r10 - 8)\n" + MEASURE));
  }

  @ParameterizedTest
  @EnumSource
  void spilledThroughAnotherPointer(Engine engine) {
    assertEquals(
        LENGTH,
        run(
            engine,
            """
            r3 = r10
            r3 += -16
            *(u64 *)(r3 + 0) = r1
            r1 = *(u64 *)(r10 - 16)
            """
                + MEASURE));
  }

  @ParameterizedTest
  @EnumSource
  void passedToAFunction(Engine engine) {
    assertEquals(
        LENGTH, run(engine, "r5 = r1\nr1 = 0\ncall measure\nexit\nmeasure:\nr1 = r5\n" + MEASURE));
  }

  @ParameterizedTest
  @EnumSource
  void passedInsideAStructure(Engine engine) {
    assertEquals(
        LENGTH,
        run(
            engine,
            """
            *(u64 *)(r10 - 8) = r1
            r1 = r10
            r1 += -8
            call measure
            exit
            measure:
            r1 = *(u64 *)(r1 + 0)
            """
                + MEASURE));
  }

  @ParameterizedTest
  @EnumSource
  void handedToACallback(Engine engine) {
    assertEquals(
        LENGTH,
        run(
            engine,
            """
            *(u64 *)(r10 - 8) = r1
            *(u64 *)(r10 - 16) = 0
            r1 = 1
            r2 = code[+7]
            r3 = r10
            r3 += -16
            r4 = 0
            call 181
            r0 = *(u64 *)(r10 - 16)
            exit
            r3 = *(u64 *)(r2 + 8)
            r4 = *(u32 *)(r3 + 0)
            r5 = *(u32 *)(r3 + 4)
            r5 -= r4
            *(u64 *)(r2 + 0) = r5
            r0 = 0
            exit
            """));
  }

  /** On one path r1 is the context, on the other it points to two words on the stack. */
  @ParameterizedTest
  @EnumSource
  void onOnePathOnly(Engine engine) {
    String text =
        """
        r6 = r1
        *(u64 *)(r10 - 8) = 0
        *(u32 *)(r10 - 4) = 12
        %s
        if r7 == 0 goto +2
        r1 = r10
        r1 += -8
        """
            + MEASURE;
    assertEquals(LENGTH, run(engine, text.formatted("r7 = 0")));
    assertEquals(12, run(engine, text.formatted("r7 = 1")));
  }

  @ParameterizedTest
  @EnumSource
  void movedByAConstant(Engine engine) {
    assertEquals(
        LENGTH,
        run(
            engine,
            """
            r2 = *(u32 *)(r1 + 0)
            r1 += 4
            r0 = *(u32 *)(r1 + 0)
            r0 -= r2
            exit
            """));
  }

  private static int runOnBuffer(Engine engine, String text) {
    ProgramSpec spec = ProgramSpec.of("text", ProgramType.TC, Assembler.assemble(text), List.of());
    try (BpfInstance instance = BpfInstance.builder(List.of()).engine(engine).build();
        Arena arena = Arena.ofConfined()) {
      SkbProgram program = instance.skb(spec);
      program.setField(ContextLayout.SKB_CB + 4, 0x1122_3344);
      program.setField(ContextLayout.SKB_CB, 0x5566_7788);
      program.setField(ContextLayout.SKB_CB + 16, 0x99);
      int verdict = program.run(arena.allocate(LENGTH), 0, LENGTH);
      assertEquals(0x99, program.field(ContextLayout.SKB_CB + 16));
      return verdict;
    }
  }

  /** The control block of a socket buffer is memory without gaps. */
  @ParameterizedTest
  @EnumSource
  void controlBlockTakesAccessesOfAllWidths(Engine engine) {
    assertEquals(0x1122_3344, runOnBuffer(engine, "r0 = *(u32 *)(r1 + 52)\nexit"));
    assertEquals(0x1122_3344, runOnBuffer(engine, "r0 = *(u64 *)(r1 + 48)\nr0 >>= 32\nexit"));
    assertEquals(0x5566, runOnBuffer(engine, "r0 = *(u16 *)(r1 + 50)\nexit"));
    assertEquals(0x11, runOnBuffer(engine, "r0 = *(u8 *)(r1 + 55)\nexit"));
    assertEquals(
        0xabcd,
        runOnBuffer(
            engine,
            """
            r2 = 0xabcd
            r2 <<= 32
            *(u64 *)(r1 + 56) = r2
            r3 = *(u32 *)(r1 + 56)
            r0 = *(u32 *)(r1 + 60)
            r0 += r3
            exit
            """));
    assertEquals(0x7, runOnBuffer(engine, "*(u64 *)(r1 + 48) = 7\nr0 = *(u64 *)(r1 + 48)\nexit"));
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERPRETER", "JVM_CHECKED"})
  void eightBytesAreAFieldOnlyWhereTheKernelSaysSo(Engine engine) {
    for (int offset : new int[] {8, 40, 64, 72}) {
      String read = "r0 = *(u64 *)(r1 + %d)\nexit".formatted(offset);
      assertThrows(TrapException.class, () -> runOnBuffer(engine, read), read);
    }
    assertEquals(0, runOnBuffer(engine, "r0 = *(u64 *)(r1 + 168)\nexit"));
    assertEquals(5, runOnBuffer(engine, "*(u64 *)(r1 + 152) = 5\nr0 = *(u64 *)(r1 + 152)\nexit"));
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERPRETER", "JVM_CHECKED"})
  void whatIsNoFieldIsTrapped(Engine engine) {
    for (String access :
        List.of("r0 = *(u32 *)(r1 + 2)", "r0 = *(u8 *)(r1 + 0)", "*(u32 *)(r1 + 12) = 1")) {
      TrapException e =
          assertThrows(TrapException.class, () -> run(engine, "r0 = 0\n" + access + "\nexit"));
      assertTrue(e.getMessage().contains("field of the context"), e.getMessage());
      assertEquals(1, e.slot());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERPRETER", "JVM_CHECKED"})
  void anEndlessProgramIsStopped(Engine engine) {
    TrapException e = assertThrows(TrapException.class, () -> run(engine, "goto -1"));
    assertTrue(e.getMessage().contains("expected an end within"), e.getMessage());
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERPRETER", "JVM_CHECKED"})
  void accessesThatLeaveTheirRegionAreTrapped(Engine engine) {
    for (String access :
        List.of(
            "r0 = *(u64 *)(r10 - 520)",
            "r0 = *(u64 *)(r10 + 0)",
            "r1 = 0\nr0 = *(u8 *)(r1 + 0)",
            "r2 = *(u32 *)(r1 + 4)\nr0 = *(u8 *)(r2 + 0)",
            "r2 = *(u32 *)(r1 + 0)\nr0 = *(u8 *)(r2 - 1)",
            "r2 = *(u32 *)(r1 + 4)\n*(u16 *)(r2 - 1) = 1",
            "r2 = *(u32 *)(r1 + 4)\nr3 = 1\nlock *(u32 *)(r2 - 2) += r3")) {
      TrapException e =
          assertThrows(TrapException.class, () -> run(engine, "r0 = 0\n" + access + "\nexit"));
      assertTrue(e.getMessage().contains("able bytes, found address 0x"), e.getMessage());
    }
  }
}
