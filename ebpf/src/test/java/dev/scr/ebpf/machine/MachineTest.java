package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.Fixtures;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Fixtures compiled by clang, on every engine. */
class MachineTest {
  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  @ParameterizedTest
  @EnumSource
  void counterCountsPerSource(Engine engine) {
    try (BpfInstance instance = BpfInstance.create(Fixtures.object("counter"), engine)) {
      XdpProgram count = instance.xdp("count");
      int[] verdicts = new int[5];
      for (int i = 0; i < 5; i++) {
        verdicts[i] = count.run(Packets.ipv4(0x0a000001));
      }
      count.run(Packets.ipv4(0x0a000000));
      assertArrayEquals(new int[] {3, 3, 3, 1, 1}, verdicts);
      assertEquals(2, count.run(new byte[60]));
      assertEquals(2, count.run(new byte[0]));
      assertEquals(
          List.of(
              new MapEntry(hex("0a000000"), hex("0100000000000000")),
              new MapEntry(hex("0a000001"), hex("0500000000000000"))),
          instance.map("state").entries());
      assertArrayEquals(
          hex("0a00000032001100"), instance.map("last").lookup(hex("00000000")).orElseThrow());
      assertArrayEquals(
          hex("0f00000000000000"), instance.map(".data").lookup(hex("00000000")).orElseThrow());
      assertArrayEquals(
          hex("02000000"), instance.map(".bss").lookup(hex("00000000")).orElseThrow());
      instance.xdp("xdp/second").run(Packets.ipv4(0x0a000001));
      assertEquals(1, instance.map("state").entries().size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void constantsAreSetBeforePrograms(Engine engine) {
    try (BpfInstance instance =
        BpfInstance.builder(Fixtures.object("counter"))
            .engine(engine)
            .rodata("threshold", hex("0100000000000000"))
            .build()) {
      XdpProgram count = instance.xdp("xdp");
      assertEquals(3, count.run(Packets.ipv4(1)));
      assertEquals(1, count.run(Packets.ipv4(1)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void packetsAreReshaped(Engine engine) {
    try (BpfInstance instance = BpfInstance.create(Fixtures.object("reshape"), engine)) {
      byte[] packet = Packets.ipv4(7);
      XdpProgram push = instance.xdp("push");
      assertEquals(3, push.run(packet));
      assertEquals(XdpProgram.HEADROOM - 4, push.packetOffset());
      byte[] grown = Arrays.copyOf(hex("deadbeef"), 68);
      System.arraycopy(packet, 0, grown, 4, 64);
      assertArrayEquals(grown, push.packet());
      XdpProgram shrink = instance.xdp("shrink");
      assertEquals(2, shrink.run(packet));
      assertArrayEquals(Arrays.copyOf(packet, 56), shrink.packet());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBufferWithoutHeadroomCannotGrow(Engine engine) {
    try (BpfInstance instance = BpfInstance.create(Fixtures.object("reshape"), engine);
        Arena arena = Arena.ofConfined()) {
      MemorySegment packet = arena.allocate(64);
      assertEquals(0, instance.xdp("push").run(packet, 64));
    }
  }

  @ParameterizedTest
  @EnumSource
  void callbacksAtomicsClockAndRedirect(Engine engine) {
    try (BpfInstance instance =
        BpfInstance.builder(Fixtures.object("reshape")).engine(engine).clock(() -> 4711).build()) {
      byte[] packet = Packets.ipv4(7);
      assertEquals(2, instance.xdp("loop").run(packet));
      MemorySegment cell = instance.map("cells").value(hex("00000000")).orElseThrow();
      assertEquals(45 * 1000 + 10, cell.get(ValueLayout.JAVA_LONG, 0));
      cell.set(ValueLayout.JAVA_LONG, 0, 0);
      assertEquals(31, instance.xdp("atomics").run(packet));
      assertEquals(6, cell.get(ValueLayout.JAVA_LONG, 0));
      assertEquals(4711, instance.xdp("clock").run(packet));
      XdpProgram redirect = instance.xdp("redirect");
      redirect.receivedOn(9, 0);
      assertEquals(XdpAction.REDIRECT, XdpAction.of(redirect.run(packet)));
      assertEquals(9, redirect.redirectTarget());
    }
  }

  @ParameterizedTest
  @EnumSource
  void legacyMapsWork(Engine engine) {
    try (BpfInstance instance = BpfInstance.create(Fixtures.object("legacy"), engine)) {
      instance.map("second").update(hex("0500000000000000"), hex("01000000"));
      assertEquals(101, instance.xdp("legacy").run(new byte[64]));
      assertEquals(102, instance.xdp("legacy").run(new byte[64]));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INTERPRETER", "JVM_CHECKED"})
  void accessBehindThePacketIsTrapped(Engine engine) {
    try (BpfInstance instance = BpfInstance.create(Fixtures.object("overrun"), engine)) {
      TrapException e =
          assertThrows(TrapException.class, () -> instance.xdp("overrun").run(new byte[64]));
      String text = e.getMessage();
      assertTrue(text.contains("overrun: insn 1 (r0 = *(u8 *)(r1 + 2000))"), text);
      assertTrue(text.contains("packet + 2000, packet has 64 bytes"), text);
    }
  }

  @ParameterizedTest
  @EnumSource
  void unknownNamesSayWhatThereIs(Engine engine) {
    try (BpfInstance instance = BpfInstance.create(Fixtures.object("legacy"), engine)) {
      InvalidProgramException e =
          assertThrows(InvalidProgramException.class, () -> instance.xdp("nothing"));
      assertTrue(e.getMessage().contains("xdp_legacy legacy"), e.getMessage());
      e = assertThrows(InvalidProgramException.class, () -> instance.map("nothing"));
      assertTrue(e.getMessage().contains("[first, second]"), e.getMessage());
    }
  }
}
