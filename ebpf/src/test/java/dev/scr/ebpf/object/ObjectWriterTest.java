package dev.scr.ebpf.object;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.Packets;
import dev.scr.ebpf.object.ProgramSpec.FunctionStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectWriterTest {
  private static final Instruction NOTHING =
      new Instruction.Alu(Width.W64, AluOp.MOV, Reg.of(5), new Imm(7));

  @ParameterizedTest
  @ValueSource(strings = {"counter", "reshape", "legacy", "kinds"})
  void anUnchangedObjectSaysTheSame(String name) {
    BpfObject before = Fixtures.object(name);
    BpfObject after = rewrite(name, List.of());
    assertEquals(before.programs(), after.programs());
    assertEquals(before.maps(), after.maps());
    assertEquals(before.variables(), after.variables());
    assertEquals(before.license(), after.license());
  }

  @ParameterizedTest
  @ValueSource(strings = {"counter", "reshape", "legacy", "kinds"})
  void longerProgramsAreReadBack(String name) {
    List<ProgramSpec> longer = grown(name);
    assertEquals(longer, rewrite(name, longer).programs());
  }

  @Test
  void aLongerProgramDoesTheSame() {
    BpfObject object = rewrite("counter", grown("counter"));
    try (BpfInstance instance = BpfInstance.create(object, Engine.JVM_CHECKED)) {
      for (int i = 0; i < 5; i++) {
        assertEquals(i < 3 ? 3 : 1, instance.xdp("count").run(Packets.ipv4(1)));
      }
    }
  }

  @Test
  void twoVersionsOfASharedFunctionAreRefused() {
    BpfObject object = Fixtures.object("counter");
    ProgramSpec forget = object.program("forget").orElseThrow();
    ProgramSpec count = object.program("count").orElseThrow();
    List<ProgramSpec> changed = List.of(grow(forget, 1, 1), grow(count, 1, 2));
    MalformedObjectException e =
        assertThrows(MalformedObjectException.class, () -> rewrite("counter", changed));
    assertTrue(
        e.getMessage().contains("function extract: expected one new version"), e.getMessage());
  }

  /** The kernel, through libbpf, accepts what was written. */
  @ParameterizedTest
  @CsvSource({"counter, type xdp", "reshape, type xdp", "kinds, ''"})
  void theKernelLoadsARewrittenObject(String name, String type, @TempDir Path folder)
      throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    Path file = folder.resolve("original.o");
    Files.write(file, Fixtures.bytes(name));
    String original = load(file, type);
    assumeTrue(
        original.startsWith("exit 0"),
        "needs bpftool and a kernel that loads " + name + ": " + original);
    Files.write(file, ObjectWriter.write(Fixtures.bytes(name), name + ".o", grown(name)));
    String rewritten = load(file, type);
    assertTrue(rewritten.startsWith("exit 0"), rewritten);
  }

  private static String load(Path file, String type) throws IOException, InterruptedException {
    Process load =
        new ProcessBuilder(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t bpf bpf /sys/fs/bpf && bpftool prog loadall "
                    + file
                    + " /sys/fs/bpf/scr "
                    + type)
            .redirectErrorStream(true)
            .start();
    String output = new String(load.getInputStream().readAllBytes(), UTF_8);
    return "exit " + load.waitFor() + "\n" + output;
  }

  private static BpfObject rewrite(String name, List<ProgramSpec> changed) {
    byte[] bytes = ObjectWriter.write(Fixtures.bytes(name), name + ".o", changed);
    return BpfObject.read(bytes, name + ".o");
  }

  /** All programs with an instruction more at the start of each function. */
  private static List<ProgramSpec> grown(String name) {
    List<ProgramSpec> grown = new ArrayList<>();
    for (ProgramSpec program : Fixtures.object(name).programs()) {
      ProgramSpec longer = program;
      for (int f = 0; f < program.functions().size(); f++) {
        longer = grow(longer, f, 1);
      }
      grown.add(longer);
    }
    return grown;
  }

  private static ProgramSpec grow(ProgramSpec program, int function, int by) {
    int at = program.functions().get(function).index();
    InstructionList code = program.code();
    List<Instruction> longer = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      for (int more = 0; i == at && more < by; more++) {
        longer.add(NOTHING);
      }
      Instruction insn = code.get(i);
      boolean refers = ControlFlow.refersToFunction(insn);
      int distance = refers ? code.target(i) - i : 0;
      int crossed = refers ? Integer.signum(distance) * crosses(i, code.target(i), at) * by : 0;
      longer.add(crossed == 0 ? insn : moved(insn, crossed));
    }
    List<FunctionStart> starts = new ArrayList<>();
    for (FunctionStart start : program.functions()) {
      starts.add(new FunctionStart(start.name(), start.index() + (start.index() > at ? by : 0)));
    }
    return new ProgramSpec(
        program.name(),
        program.section(),
        program.type(),
        new InstructionList(longer),
        starts,
        program.maps());
  }

  /** A call to the grown function itself arrives in front of the new instructions. */
  private static int crosses(int from, int to, int at) {
    return (from < at && to > at) || (from >= at && to <= at && from != to) ? 1 : 0;
  }

  private static Instruction moved(Instruction insn, int by) {
    return switch (insn) {
      case Instruction.CallLocal call -> new Instruction.CallLocal(call.offset() + by);
      case Instruction.LoadWide wide ->
          new Instruction.LoadWide(wide.dst(), wide.source(), wide.imm() + by, 0);
      default -> insn;
    };
  }
}
