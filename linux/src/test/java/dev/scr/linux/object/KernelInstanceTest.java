package dev.scr.linux.object;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.InvalidProgramException;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.linux.machine.Cpus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KernelInstanceTest {
  @BeforeEach
  void needsKernel() {
    NeedsKernel.orSkip();
  }

  private static BpfObject object(String name) throws IOException {
    return BpfObject.read(NeedsKernel.ofEbpf("bpf/" + name + ".o"));
  }

  /** An IPv4 frame from one of a few sources. */
  private static byte[] frame(int source) {
    byte[] frame = new byte[60];
    ByteBuffer.wrap(frame).putShort(12, (short) 0x0800).putShort(16, (short) 46);
    frame[23] = 17;
    ByteBuffer.wrap(frame).putInt(26, source);
    return frame;
  }

  @Test
  void mapsGlobalDataAndSubProgramsWorkAsOnTheInterpreter() throws IOException {
    BpfObject object = object("counter");
    try (BpfInstance here = BpfInstance.create(object, Engine.INTERPRETER);
        KernelInstance there = KernelInstance.create(object)) {
      XdpProgram count = here.xdp("count");
      KernelProgram countInKernel = there.program("count");
      Random random = new Random(1);
      for (int i = 0; i < 500; i++) {
        byte[] frame = frame(random.nextInt(20));
        assertEquals(count.run(frame), countInKernel.run(frame), "packet " + i);
      }
      for (MapSpec map : object.maps()) {
        assertEquals(here.map(map.name()).entries(), there.map(map.name()).entries(), map.name());
      }
      assertEquals("xdp/second", there.program("forget").spec().section());
      there.program("forget").run(frame(3));
      assertFalse(there.map("state").delete(new byte[] {0, 0, 0, 3}));
    }
  }

  @Test
  void constantsAreSetBeforeTheSectionIsSealed() throws IOException {
    byte[] one = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(1).array();
    try (KernelInstance instance =
        KernelInstance.builder(object("counter")).rodata("threshold", one).build()) {
      KernelProgram count = instance.program("count");
      assertEquals(3, count.run(frame(1)));
      assertEquals(1, count.run(frame(1)));
      KernelMap rodata = instance.map(".rodata");
      KernelRefusal sealed =
          assertThrows(
              KernelRefusal.class,
              () -> rodata.update(new byte[4], new byte[rodata.spec().valueSize()]));
      assertTrue(sealed.getMessage().startsWith("counter.o: map .rodata: kernel said EPERM"));
    }
    KernelInstance.Builder builder = KernelInstance.builder(object("counter"));
    assertThrows(InvalidProgramException.class, () -> builder.rodata("threshold", new byte[3]));
    assertThrows(InvalidProgramException.class, () -> builder.rodata("nothing", new byte[3]));
  }

  @Test
  void legacyMapsWork() throws IOException {
    try (KernelInstance instance = KernelInstance.create(object("legacy"))) {
      KernelProgram legacy = instance.program("xdp_legacy");
      assertEquals(1, legacy.run(frame(0)));
      assertEquals(2, legacy.run(frame(0)));
    }
  }

  @Test
  void refusalsQuoteTheVerifier() throws IOException {
    try (KernelInstance instance = KernelInstance.create(object("overrun"))) {
      KernelRefusal refusal = assertThrows(KernelRefusal.class, () -> instance.program("overrun"));
      String message = refusal.getMessage();
      assertTrue(message.startsWith("overrun.o: overrun: kernel said EACCES"), message);
      assertTrue(message.contains("outside of the packet"), message);
      assertFalse(refusal.lacksPrivileges());
      assertTrue(refusal.log().processedInstructions().isPresent());
      assertThrows(InvalidProgramException.class, () -> instance.program("nobody"));
      assertThrows(InvalidProgramException.class, () -> instance.map("nothing"));
    }
  }

  @Test
  void framesThatATestRunDoesNotTakeAreNamed() throws IOException {
    try (KernelInstance instance = KernelInstance.create(object("counter"))) {
      KernelProgram program = instance.program("always_drop");
      assertEquals(1, program.run(new byte[KernelProgram.SHORTEST_FRAME]));
      assertEquals(1, program.run(new byte[KernelProgram.LONGEST_FRAME]));
      for (int length : new int[] {0, 13, KernelProgram.LONGEST_FRAME + 1}) {
        KernelRefusal refusal =
            assertThrows(KernelRefusal.class, () -> program.run(new byte[length]));
        assertTrue(
            refusal.getMessage().contains("expected a frame of 14 to 3520 bytes"),
            refusal.getMessage());
      }
    }
  }

  @Test
  void sharedArraysAreMemory() throws IOException {
    try (KernelInstance instance =
        KernelInstance.builder(
                List.of(
                    MapSpec.of("numbers", MapType.ARRAY, 4, 8, 3),
                    MapSpec.of("each", MapType.PERCPU_ARRAY, 4, 4, 1),
                    MapSpec.of("line", MapType.QUEUE, 0, 4, 3)))
            .shared("numbers")
            .build()) {
      KernelMap numbers = instance.map("numbers");
      numbers.update(new byte[] {2, 0, 0, 0}, new byte[] {7, 0, 0, 0, 0, 0, 0, 0});
      assertEquals(7, numbers.memory().get(JAVA_LONG, 16));
      assertEquals(3, numbers.entries().size());
      assertEquals(8 * Cpus.possible(), instance.map("each").entries().getFirst().value().length);
      assertThrows(KernelRefusal.class, () -> instance.map("line").entries());
    }
  }
}
