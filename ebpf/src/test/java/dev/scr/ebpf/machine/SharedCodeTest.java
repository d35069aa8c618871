package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.Fixtures;
import dev.scr.ebpf.object.ProgramSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Instances of one program run the same code, each on its own maps and with its own constants. */
class SharedCodeTest {
  private static final BpfObject COUNTER = Fixtures.object("counter");

  private static Executable compiled(BpfInstance instance) {
    return compiled(instance, COUNTER.program("count").orElseThrow());
  }

  private static Executable compiled(BpfInstance instance, ProgramSpec spec) {
    ControlFlow flow = ControlFlow.of(spec.code());
    return JvmCompiler.compile(instance.unit(spec, ContextLayout.XDP, flow));
  }

  private static BpfInstance withThreshold(long threshold) {
    byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(threshold).array();
    return BpfInstance.builder(COUNTER).engine(Engine.JVM).rodata("threshold", bytes).build();
  }

  @Test
  void instancesShareAClassButNoMap() {
    try (BpfInstance one = BpfInstance.create(COUNTER, Engine.JVM);
        BpfInstance other = BpfInstance.create(COUNTER, Engine.JVM);
        BpfInstance reference = BpfInstance.create(COUNTER, Engine.INTERPRETER)) {
      assertSame(compiled(one), compiled(other));
      XdpProgram onOne = one.xdp("count");
      XdpProgram onOther = other.xdp("count");
      XdpProgram onReference = reference.xdp("count");
      for (int i = 0; i < 20; i++) {
        assertEquals(onReference.run(Packets.ipv4(i % 3)), onOne.run(Packets.ipv4(i % 3)));
        onOther.run(Packets.ipv4(7));
      }
      for (int map = 0; map < one.maps().size(); map++) {
        String name = one.maps().get(map).spec().name();
        assertEquals(reference.map(name).entries(), one.map(name).entries(), name);
      }
      assertEquals(1, other.map("state").entries().size());
      assertNotEquals(one.map("state").entries(), other.map("state").entries());
    }
  }

  /** Benchmarks have a program compiled anew by another name; names come from objects. */
  @Test
  void anotherNameIsAnotherClassHoweverLong() {
    ProgramSpec count = COUNTER.program("count").orElseThrow();
    try (BpfInstance instance = BpfInstance.create(COUNTER, Engine.JVM)) {
      assertNotSame(compiled(instance), compiled(instance, count.named("0.count")));
      ProgramSpec renamed = count.named("1." + "\ud800".repeat(100_000));
      assertEquals(
          instance.xdp("count").run(Packets.ipv4(1)), instance.xdp(renamed).run(Packets.ipv4(1)));
    }
  }

  @Test
  void otherConstantsAreOtherCode() {
    try (BpfInstance few = withThreshold(1);
        BpfInstance many = withThreshold(1_000)) {
      assertNotSame(compiled(few), compiled(many));
      int differ = 0;
      XdpProgram onFew = few.xdp("count");
      XdpProgram onMany = many.xdp("count");
      for (int i = 0; i < 5; i++) {
        differ += onMany.run(Packets.ipv4(1)) == onFew.run(Packets.ipv4(1)) ? 0 : 1;
      }
      assertTrue(differ > 0, "the threshold changed nothing");
    }
  }

  /** A frame stays out of memory if the callee does not look at a stale pointer to it. */
  @Test
  void onlyArgumentsThatAreReadExposeAFrame() {
    assertTrue(mainIsPrivate("r0 = r1"), "r5 is not read");
    assertFalse(mainIsPrivate("r0 = r5"), "r5 is read");
    assertFalse(mainIsPrivate("r0 = *(u64 *)(r5 + 0)"), "r5 is read");
  }

  private static boolean mainIsPrivate(String callee) {
    InstructionList code =
        new InstructionList(
            Assembler.assemble(
                String.join(
                    "\n",
                    List.of(
                        "r5 = r10",
                        "r5 += -8",
                        "*(u64 *)(r5 + 0) = r1",
                        "call pc+1",
                        "exit",
                        callee,
                        "exit"))));
    return KnownPointers.of(code, ControlFlow.of(code)).isPrivate(0);
  }
}
