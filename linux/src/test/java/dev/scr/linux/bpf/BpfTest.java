package dev.scr.linux.bpf;

import static dev.scr.linux.bpf.Instructions.exit;
import static dev.scr.linux.bpf.Instructions.instruction;
import static dev.scr.linux.bpf.Instructions.move;
import static dev.scr.linux.bpf.Instructions.program;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.VethPair;
import dev.scr.linux.call.Errno;
import dev.scr.linux.call.MappedMemory;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Cpus;
import dev.scr.linux.machine.Privileges;
import dev.scr.linux.net.NetworkLink;
import dev.scr.linux.packet.PacketSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BpfTest {
  private static final int XDP_DROP = 1;
  private static final int XDP_PASS = 2;

  @BeforeEach
  void needsPrivileges() {
    Optional<String> lacking = Privileges.lacks(Capability.BPF, Capability.NET_ADMIN);
    assumeTrue(lacking.isEmpty(), () -> "bpf(2): " + lacking.orElseThrow());
    assumeTrue(
        !(Feature.BPF_SYSCALL.probe() instanceof Probe.NotSupported),
        "bpf(2): the kernel is built without it");
  }

  private static byte[] number(long value, int bytes) {
    return Arrays.copyOf(
        ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).array(), bytes);
  }

  private static ProgramSpec xdp(long... instructions) {
    return ProgramSpec.of("test", ProgramType.XDP, "GPL", program(instructions));
  }

  /** Adds 1 to the first value of the array to which the load at slot 3 refers, and drops. */
  private static ProgramSpec counting(BpfMap map) {
    return xdp(
            instruction(0x62, 10, 0, -4, 0), // *(u32 *)(r10 - 4) = 0
            instruction(0xbf, 2, 10, 0, 0), // r2 = r10
            instruction(0x07, 2, 0, 0, -4), // r2 += -4
            instruction(0x18, 1, 0, 0, 0), // r1 = map
            0,
            instruction(0x85, 0, 0, 0, 1), // call map_lookup_elem
            instruction(0x15, 0, 0, 2, 0), // if r0 == 0 goto +2
            move(1, 1),
            instruction(0xdb, 0, 1, 0, 0), // lock *(u64 *)(r0 + 0) += r1
            move(0, XDP_DROP),
            exit())
        .withMap(3, map);
  }

  @ParameterizedTest
  @EnumSource(
      value = MapType.class,
      names = {"HASH", "LRU_HASH", "ARRAY"})
  void mapHoldsWhatItIsGiven(MapType type) {
    try (BpfMap map = BpfMap.create(MapSpec.of("numbers", type, 4, 8, 16))) {
      for (int i = 0; i < 16; i++) {
        map.update(number(i, 4), number(i * 1000L, 8));
      }
      assertArrayEquals(number(5000, 8), map.lookup(number(5, 4)).orElseThrow());
      assertEquals(Optional.empty(), map.lookup(number(99, 4)));
      assertEquals(16, map.entries().size());
      for (BpfMap.Entry entry : map.entries()) {
        int key = ByteBuffer.wrap(entry.key()).order(ByteOrder.nativeOrder()).getInt();
        assertArrayEquals(number(key * 1000L, 8), entry.value());
      }
    }
  }

  @Test
  void updateModesAnswerAndFullMapThrows() {
    try (BpfMap map = BpfMap.create(MapSpec.of("two", MapType.HASH, 4, 8, 2))) {
      assertTrue(map.update(number(1, 4), number(1, 8), BpfMap.Update.NEW));
      assertFalse(map.update(number(1, 4), number(2, 8), BpfMap.Update.NEW));
      assertFalse(map.update(number(2, 4), number(2, 8), BpfMap.Update.EXISTING));
      assertTrue(map.update(number(1, 4), number(3, 8), BpfMap.Update.EXISTING));
      assertTrue(map.delete(number(1, 4)));
      assertFalse(map.delete(number(1, 4)));
      map.update(number(1, 4), number(1, 8));
      map.update(number(2, 4), number(1, 8));
      var full =
          assertThrows(SystemCallException.class, () -> map.update(number(3, 4), number(1, 8)));
      assertEquals(
          "update map two (HASH key 4 value 8 × 2): E2BIG (Argument list too long)",
          full.getMessage());
      var wrong = assertThrows(IllegalArgumentException.class, () -> map.lookup(new byte[3]));
      assertEquals(
          "map two (HASH key 4 value 8 × 2): expected a key of 4 bytes, found 3",
          wrong.getMessage());
    }
  }

  @Test
  void perCpuMapHasOneValuePerPossibleProcessor() {
    try (BpfMap map = BpfMap.create(MapSpec.of("each", MapType.PER_CPU_ARRAY, 4, 4, 1))) {
      assertEquals(8 * Cpus.possible(), map.valueBytes());
      byte[] values = new byte[map.valueBytes()];
      values[0] = 7;
      values[values.length - 8] = 9;
      map.update(number(0, 4), values);
      assertArrayEquals(values, map.lookup(number(0, 4)).orElseThrow());
    }
  }

  @Test
  void mapSpecThatTheKernelRefusesIsNamed() {
    var refused =
        assertThrows(
            SystemCallException.class,
            () -> BpfMap.create(MapSpec.of("odd", MapType.ARRAY, 3, 8, 1)));
    assertEquals(
        "create map odd (ARRAY key 3 value 8 × 1): EINVAL (Invalid argument)",
        refused.getMessage());
  }

  @Test
  void kernelKnowsNamesAndSizes() {
    try (BpfMap map = BpfMap.create(MapSpec.of("a-long-name-indeed", MapType.ARRAY, 4, 8, 3));
        BpfProgram program = BpfProgram.load(counting(map))) {
      MapInfo info = map.info();
      assertEquals("a_long_name_ind", info.name());
      assertEquals(Optional.of(MapType.ARRAY), info.type());
      assertEquals(3, info.maxEntries());
      ProgramInfo about = program.info();
      assertEquals("test", about.name());
      assertEquals(1, about.maps());
      assertEquals(16, about.tag().length());
      assertTrue(about.translatedBytes() >= 11 * 8, about::toString);
      assertTrue(program.log().processedInstructions().orElse(0) > 5, program.log()::text);
    }
  }

  @Test
  void refusalCarriesTheVerifiersWords() {
    ProgramSpec wild =
        xdp(
            instruction(0x61, 1, 1, 0, 0), // r1 = *(u32 *)(r1 + 0)
            instruction(0x71, 0, 1, 0, 0), // r0 = *(u8 *)(r1 + 0)
            exit());
    var refused = assertThrows(ProgramRefused.class, () -> BpfProgram.load(wild));
    assertEquals(Errno.EACCES, refused.errno());
    assertEquals(1, refused.log().lastInstruction().orElse(-1), refused.log()::text);
    String message = String.valueOf(refused.getMessage());
    assertTrue(
        message.startsWith("load program test (XDP, 3 slots): EACCES (Permission denied): 1: (71)"),
        message);
    assertTrue(message.contains("invalid access to packet"), message);
  }

  @Test
  void logGrowsUntilItHoldsEverything() {
    long[] instructions = new long[3000];
    Arrays.fill(instructions, instruction(0xbf, 1, 0, 0, 0));
    instructions[0] = move(0, XDP_PASS);
    instructions[2998] = instruction(0xbf, 2, 9, 0, 0); // r9 was never written
    instructions[2999] = exit();
    var refused = assertThrows(ProgramRefused.class, () -> BpfProgram.load(xdp(instructions)));
    assertTrue(refused.log().text().length() > 50_000, () -> "" + refused.log().text().length());
    assertTrue(String.valueOf(refused.getMessage()).contains("R9 !read_ok"), refused::toString);
    assertEquals(2998, refused.log().lastInstruction().orElse(-1));
    instructions[2998] = instruction(0xbf, 2, 0, 0, 0);
    try (BpfProgram program = BpfProgram.loadLoggingEveryStep(xdp(instructions))) {
      assertTrue(program.log().text().contains("2999: (95) exit"));
    }
  }

  @Test
  void runReturnsVerdictAndFrame() {
    // r2 = data; r3 = data_end; r4 = r2 + 14; if r4 > r3 goto drop; *(u8 *)(r2 + 0) = 0x55; pass
    ProgramSpec spec =
        xdp(
            instruction(0x61, 2, 1, 0, 0),
            instruction(0x61, 3, 1, 4, 0),
            instruction(0xbf, 4, 2, 0, 0),
            instruction(0x07, 4, 0, 0, 14),
            instruction(0x2d, 4, 3, 3, 0),
            instruction(0x72, 2, 0, 0, 0x55),
            move(0, XDP_PASS),
            exit(),
            move(0, XDP_DROP),
            exit());
    try (BpfProgram program = BpfProgram.load(spec)) {
      TestResult result = program.run(TestInput.of(new byte[60]));
      assertEquals(XDP_PASS, result.returnValue());
      assertEquals(60, result.data().length);
      assertEquals(0x55, result.data()[0]);
      var tooShort =
          assertThrows(SystemCallException.class, () -> program.run(TestInput.of(new byte[10])));
      assertEquals(
          "run program test (XDP, 10 slots) on 10 bytes: EINVAL (Invalid argument)",
          tooShort.getMessage());
    }
  }

  @Test
  void repetitionsAreCountedAndTimed() {
    try (BpfMap map = BpfMap.create(MapSpec.of("count", MapType.ARRAY, 4, 8, 1));
        BpfProgram program = BpfProgram.load(counting(map))) {
      TestResult result = program.run(TestInput.of(new byte[60]).repeated(200_000));
      assertEquals(XDP_DROP, result.returnValue());
      assertArrayEquals(number(200_000, 8), map.lookup(number(0, 4)).orElseThrow());
      assertTrue(result.threadTimeNs() > 200_000, () -> result.threadTimeNs() + " ns");
    }
  }

  @Test
  void mappedArrayIsSharedWithTheProgram() {
    MapSpec spec = MapSpec.of("shared", MapType.ARRAY, 4, 8, 1).withFlags(MapSpec.MMAPABLE);
    try (BpfMap map = BpfMap.create(spec);
        MappedMemory memory = map.map();
        BpfProgram program = BpfProgram.load(counting(map))) {
      memory.segment().set(JAVA_LONG, 0, 41);
      program.run(TestInput.of(new byte[60]));
      assertEquals(42, memory.segment().get(JAVA_LONG, 0));
    }
  }

  @Test
  void referencesAreCheckedBeforeTheKernelIsAsked() {
    try (BpfMap map = BpfMap.create(MapSpec.of("m", MapType.ARRAY, 4, 8, 1))) {
      ProgramSpec spec = xdp(move(0, 2), exit());
      var wrong = assertThrows(IllegalArgumentException.class, () -> spec.withMap(0, map));
      assertEquals(
          "program test: insn 0: expected a two-slot load (opcode 0x18), found opcode 0xb7",
          wrong.getMessage());
      assertThrows(IllegalArgumentException.class, () -> spec.withMap(1, map));
      assertThrows(IllegalArgumentException.class, () -> spec.withMapValue(-1, map, 0));
    }
  }

  @Test
  void malformedTypesAreRefusedWithTheKernelsReason() {
    var refused = assertThrows(SystemCallException.class, () -> KernelBtf.load(new byte[40]));
    assertTrue(refused.toString().contains("load BTF of 40 bytes: EINVAL"), refused::toString);
  }

  /**
   * <pre>
   *   [1] int   [2] int (void)   [3] main: [2]
   * </pre>
   */
  private static byte[] smallTypes() {
    byte[] strings = "\0int\0main\0".getBytes(StandardCharsets.US_ASCII);
    int typeBytes = 16 + 12 + 12;
    ByteBuffer section =
        ByteBuffer.allocate(24 + typeBytes + strings.length).order(ByteOrder.nativeOrder());
    section.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
    section.putInt(0).putInt(typeBytes).putInt(typeBytes).putInt(strings.length);
    section.putInt(1).putInt(1 << 24).putInt(4).putInt((1 << 24) | 32);
    section.putInt(0).putInt(13 << 24).putInt(1);
    section.putInt(5).putInt((12 << 24) | 1).putInt(2);
    return section.put(strings).array();
  }

  @Test
  void typesGoWithMapsAndPrograms() {
    try (KernelBtf btf = KernelBtf.load(smallTypes());
        BpfMap map =
            BpfMap.create(
                MapSpec.of("typed", MapType.ARRAY, 4, 4, 1)
                    .withTypes(new MapSpec.BtfTypes(btf, 1, 1)))) {
      assertEquals(4, map.info().valueBytes());
      byte[] functions =
          ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putInt(0).putInt(3).array();
      ProgramSpec spec =
          xdp(move(0, XDP_PASS), exit())
              .withDebug(new ProgramSpec.Debug(btf, 8, functions, 0, new byte[0]));
      try (BpfProgram program = BpfProgram.load(spec)) {
        // With functions the kernel takes the name from there, and the tag stays that of the code.
        assertEquals("test", program.info().name());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Feature.class)
  void probesAnswer(Feature feature) {
    // Whether the kernel has it is the machine's affair, but it must be able to say so to root.
    Probe answer = feature.probe();
    assertTrue(!(answer instanceof Probe.Inconclusive), () -> feature + ": " + answer);
    assertFalse(feature.purpose().isEmpty());
  }

  @Test
  void linkDropsUntilItIsClosed() throws Exception {
    try (VethPair pair = VethPair.create();
        BpfMap map = BpfMap.create(MapSpec.of("count", MapType.ARRAY, 4, 8, 1));
        BpfProgram drop = BpfProgram.load(counting(map));
        BpfProgram pass = BpfProgram.load(xdp(move(0, XDP_PASS), exit()));
        PacketSocket left = pair.inside(() -> PacketSocket.open("left"));
        PacketSocket right = pair.inside(() -> PacketSocket.open("right"))) {
      NetworkLink link = pair.inside(() -> NetworkLink.named("right"));
      XdpLink attached = pair.inside(() -> XdpLink.attach(drop, link, XdpLink.Mode.DRIVER));
      left.send(new byte[60]);
      assertEquals(Optional.empty(), right.receive(Duration.ofMillis(50)));
      assertArrayEquals(number(1, 8), map.lookup(number(0, 4)).orElseThrow());
      var busy =
          assertThrows(
              SystemCallException.class,
              () -> pair.inside(() -> XdpLink.attach(drop, link, XdpLink.Mode.DRIVER)));
      assertEquals(Errno.EBUSY, busy.errno());
      attached.replace(pass);
      left.send(new byte[60]);
      assertTrue(right.receive(Duration.ofSeconds(2)).isPresent());
      attached.replace(drop);
      attached.close();
      left.send(new byte[60]);
      assertTrue(right.receive(Duration.ofSeconds(2)).isPresent());
    }
  }
}
