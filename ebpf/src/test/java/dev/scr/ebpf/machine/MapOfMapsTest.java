package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.map.MapException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Maps that hold maps, on every engine. */
class MapOfMapsTest {
  private static final List<MapSpec> MAPS =
      List.of(
          MapSpec.of("outer", MapType.ARRAY_OF_MAPS, 4, 4, 3),
          MapSpec.of("named", MapType.HASH_OF_MAPS, 8, 4, 1),
          MapSpec.of("first", MapType.HASH, 4, 8, 4),
          MapSpec.of("second", MapType.HASH, 4, 8, 4),
          MapSpec.of("other", MapType.ARRAY, 4, 8, 4));

  /** The map under the ingress interface; none returns 1. Then {@code then}. */
  private static ProgramSpec program(String then) {
    String text =
        """
        r6 = *(u32 *)(r1 + 12)
        *(u32 *)(r10 - 4) = r6
        r2 = r10
        r2 += -4
        r1 = map[idx:0] ll
        call 1
        if r0 != 0 goto found
        r0 = 1
        exit
        found:
        r7 = r0
        """
            + then;
    return ProgramSpec.of("p", ProgramType.XDP, Assembler.assemble(text), MAPS);
  }

  /** Counts under key 7 in the inner map, which is created there at first. */
  private static final String COUNT =
      """
      *(u32 *)(r10 - 4) = 7
      r1 = r7
      r2 = r10
      r2 += -4
      call 1
      if r0 != 0 goto known
      *(u64 *)(r10 - 16) = 5
      r1 = r7
      r2 = r10
      r2 += -4
      r3 = r10
      r3 += -16
      r4 = 0
      call 2
      r0 += 2
      exit
      known:
      r1 = *(u64 *)(r0 + 0)
      r1 += 1
      *(u64 *)(r0 + 0) = r1
      r0 = 3
      exit
      """;

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static byte[] key(int number) {
    return new byte[] {(byte) number, 0, 0, 0};
  }

  private static BpfInstance instance(Engine engine) {
    BpfInstance instance = BpfInstance.builder(MAPS).engine(engine).build();
    instance.setInnerMap("outer", key(0), "first");
    instance.setInnerMap("outer", key(2), "second");
    return instance;
  }

  private static int run(XdpProgram program, int ingress) {
    program.receivedOn(ingress, 0);
    return program.run(new byte[60]);
  }

  @ParameterizedTest
  @EnumSource
  void eachKeyHasItsMap(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      XdpProgram count = instance.xdp(program(COUNT));
      assertEquals(2, run(count, 0));
      assertEquals(3, run(count, 0));
      assertEquals(3, run(count, 0));
      assertEquals(1, run(count, 1));
      assertEquals(1, run(count, 3));
      assertEquals(2, run(count, 2));
      assertArrayEquals(
          hex("0700000000000000"), instance.map("first").lookup(key(7)).orElseThrow());
      assertArrayEquals(
          hex("0500000000000000"), instance.map("second").lookup(key(7)).orElseThrow());
      // Another map in its place, and the same one twice.
      instance.setInnerMap("outer", key(2), "first");
      instance.setInnerMap("outer", key(1), "first");
      assertEquals(3, run(count, 2));
      assertEquals(3, run(count, 1));
      assertArrayEquals(
          hex("0900000000000000"), instance.map("first").lookup(key(7)).orElseThrow());
      assertEquals(3, instance.map("outer").entries().size());
      assertTrue(instance.map("outer").lookup(key(0)).isPresent());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERPRETER", "JVM_CHECKED"})
  void aMapIsNoMemory(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      String[] misuses = {
        "r0 = *(u64 *)(r7 + 0)\nexit\n",
        "*(u64 *)(r7 + 0) = 1\nr0 = 0\nexit\n",
        "r1 = r7\nr1 += 100\nr2 = r10\nr2 += -4\ncall 1\nr0 = 0\nexit\n",
        "r1 = r7\nr2 = r7\ncall 1\nr0 = 0\nexit\n",
      };
      for (String misuse : misuses) {
        XdpProgram program = instance.xdp(program(misuse));
        assertThrows(TrapException.class, () -> run(program, 0), misuse);
        assertEquals(1, run(program, 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void programsDoNotChangeTheOuterMap(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      String update =
          """
          r1 = map[idx:0] ll
          r2 = r10
          r2 += -4
          r3 = r10
          r3 += -4
          r4 = 0
          call 2
          r0 = -r0
          exit
          """;
      assertEquals(22, run(instance.xdp(program(update)), 0));
      assertEquals(2, instance.map("outer").entries().size());
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (BpfInstance instance = instance(Engine.INTERPRETER)) {
      assertThrows(MapException.class, () -> instance.setInnerMap("outer", key(3), "first"));
      assertThrows(MapException.class, () -> instance.setInnerMap("outer", new byte[3], "first"));
      assertThrows(MapException.class, () -> instance.setInnerMap("outer", key(1), "other"));
      assertThrows(
          InvalidProgramException.class, () -> instance.setInnerMap("first", key(0), "second"));
      assertThrows(
          InvalidProgramException.class, () -> instance.setInnerMap("named", new byte[8], "outer"));
      instance.setInnerMap("named", hex("0000000000000001"), "other");
      assertThrows(
          MapException.class,
          () -> instance.setInnerMap("named", hex("0000000000000002"), "other"));
      instance.setInnerMap("named", hex("0000000000000001"), "other");
      assertThrows(MapException.class, () -> instance.map("outer").update(key(0), new byte[4]));
      assertEquals(1, instance.map("named").entries().size());
    }
  }
}
