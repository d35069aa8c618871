package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.scr.ebpf.map.PerfEventArrayMap;
import dev.scr.ebpf.map.RingBufferMap;
import dev.scr.ebpf.object.Fixtures;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of map and context, on every engine. */
class KindsTest {
  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static BpfInstance instance(Engine engine) {
    return BpfInstance.create(Fixtures.object("kinds"), engine);
  }

  @ParameterizedTest
  @EnumSource
  void longestPrefixAndDevmap(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      instance.map("routes").update(hex("08000000" + "0aff00ff"), hex("01000000"));
      instance.map("routes").update(hex("18000000" + "0a010200"), hex("02000000"));
      instance.map("ports").update(hex("01000000"), hex("0b000000"));
      XdpProgram route = instance.xdp("route");
      assertEquals(4, route.run(Packets.ipv4(0x0a090909)));
      assertEquals(11, route.redirectTarget());
      assertEquals(1, route.run(Packets.ipv4(0x0a010277)), "port 2 is not set");
      assertEquals(2, route.run(Packets.ipv4(0x0b010277)));
      assertEquals(
          List.of("080000000a000000 01000000", "180000000a010200 02000000"),
          instance.map("routes").entries().stream().map(Object::toString).toList());
      assertEquals(true, instance.map("routes").delete(hex("18000000" + "0a0102ff")));
      assertEquals(4, route.run(Packets.ipv4(0x0a010277)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLeastRecentlyUsedEntryGoes(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      XdpProgram remember = instance.xdp("remember");
      int[] verdicts = new int[7];
      int[] sources = {1, 2, 1, 3, 1, 2, 3};
      for (int i = 0; i < sources.length; i++) {
        verdicts[i] = remember.run(Packets.ipv4(sources[i]));
      }
      assertArrayEquals(new int[] {2, 2, 3, 2, 3, 2, 2}, verdicts);
    }
  }

  @ParameterizedTest
  @EnumSource
  void queueAndStack(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      assertEquals(99, instance.xdp("line").run(new byte[64]));
      assertEquals(
          List.of(" 21000000"),
          instance.map("queue").entries().stream().map(Object::toString).toList());
    }
  }

  @ParameterizedTest
  @EnumSource
  void ringBufferKeepsWhatWasSubmitted(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      XdpProgram report = instance.xdp("report");
      RingBufferMap events = assertInstanceOf(RingBufferMap.class, instance.map("events"));
      for (int round = 0; round < 300; round++) {
        assertEquals(2, report.run(new byte[64]));
        List<byte[]> records = events.drain();
        assertEquals(2, records.size());
        assertArrayEquals(hex("1111000000000000"), records.get(0));
        assertArrayEquals(hex("2222000000000000"), records.get(1));
      }
      int accepted = 0;
      while (report.run(new byte[64]) == 2) {
        accepted++;
      }
      // The last round found room for its first record of 16 bytes only.
      assertEquals(4096 / 48 + 1, accepted);
    }
  }

  @ParameterizedTest
  @EnumSource
  void eventsCarryDataAndTheHeadOfThePacket(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      byte[] packet = new byte[64];
      packet[3] = 9;
      assertEquals(2, instance.xdp("sample").run(packet));
      PerfEventArrayMap samples =
          assertInstanceOf(PerfEventArrayMap.class, instance.map("samples"));
      List<byte[]> events = samples.drain();
      assertEquals(1, events.size());
      assertArrayEquals(hex("3412000000000009"), events.getFirst());
    }
  }

  @ParameterizedTest
  @EnumSource
  void tailCallsEndAfter33(Engine engine) {
    try (BpfInstance instance = instance(engine)) {
      XdpProgram start = instance.xdp("start");
      assertEquals(55, start.run(new byte[64]));
      instance.setTailCall("stages", 1, "again");
      assertEquals(33, start.run(new byte[64]));
      assertEquals(66, start.run(new byte[64]));
    }
  }

  @ParameterizedTest
  @EnumSource
  void trafficControlRewritesAndCorrectsTheChecksum(Engine engine) {
    try (BpfInstance instance = instance(engine);
        Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(64);
      frame.copyFrom(MemorySegment.ofArray(Packets.ipv4(0x0a000001)));
      frame.set(ValueLayout.JAVA_BYTE, 22, (byte) 64);
      frame.set(ValueLayout.JAVA_BYTE, 24, (byte) 0x12);
      frame.set(ValueLayout.JAVA_BYTE, 25, (byte) 0x34);
      SkbProgram rewrite = instance.skb("rewrite");
      assertEquals(65, rewrite.run(frame, 0, 64));
      assertEquals(63, frame.get(ValueLayout.JAVA_BYTE, 22));
      // 0x4011 became 0x3f11, so the checksum grows by 0x0100.
      assertEquals(0x13, frame.get(ValueLayout.JAVA_BYTE, 24));
      assertEquals(0x34, frame.get(ValueLayout.JAVA_BYTE, 25));
    }
  }

  @ParameterizedTest
  @EnumSource
  void socketFilterReadsThePacketTheOldWay(Engine engine) {
    try (BpfInstance instance = instance(engine);
        Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(64);
      frame.copyFrom(MemorySegment.ofArray(Packets.ipv4(1)));
      SkbProgram filter = instance.skb("udp_only");
      assertEquals(64, filter.run(frame, 0, 64));
      assertEquals(0, filter.run(frame, 0, 20));
      frame.set(ValueLayout.JAVA_BYTE, 23, (byte) 6);
      assertEquals(0, filter.run(frame, 0, 64));
    }
  }
}
