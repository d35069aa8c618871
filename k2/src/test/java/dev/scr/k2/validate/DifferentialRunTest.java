package dev.scr.k2.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.input.ObjectFile;
import dev.scr.k2.input.ProgramFile;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs side by side: the same one never differs, and a planted fault is found and shown. */
class DifferentialRunTest {
  private static final long SEED = Long.getLong("seed", 20_261_126);
  private static final Reg R2 = Reg.of(2);
  private static final Reg R3 = Reg.of(3);
  private static final Reg R4 = Reg.of(4);
  private static final List<MapSpec> MAPS =
      List.of(
          MapSpec.of("counters", MapType.ARRAY, 4, 8, 300),
          MapSpec.of("flows", MapType.HASH, 4, 8, 64));

  private static ProgramFile object() throws IOException {
    return ProgramFile.read(
        Path.of(System.getProperty("scr.root", ".."), "ebpf/src/test/resources/bpf/counter.o"));
  }

  private static boolean kernel() {
    return Feature.TEST_RUN.probe() instanceof Probe.Available;
  }

  @Test
  void aProgramDoesNotDifferFromItself() throws IOException {
    ProgramFile file = object();
    for (ProgramSpec program : file.programs()) {
      DifferentialReport report =
          DifferentialRun.run(file, program, program, DifferentialOptions.of(1_000, SEED));
      assertTrue(report.difference().isEmpty(), () -> report + " seed " + SEED);
      DifferentialReport.Place interpreter = report.places().getFirst();
      assertEquals(1_000, interpreter.inputs());
      DifferentialReport.Place inKernel = report.places().getLast();
      assertEquals(kernel(), inKernel.inputs() > 500, inKernel::reason);
      assertEquals(kernel(), inKernel.reason().isEmpty(), inKernel::reason);
    }
  }

  /**
   * What the analysis and the proof say of the upper half of helpers' answers is what this kernel
   * does, and the interpreter: calls that succeed and calls that fail.
   */
  @ParameterizedTest
  @CsvSource({
    "xdp, 'r2 = OK', 44",
    "xdp, 'r2 = OK', 54",
    "xdp, 'r2 = OK', 65",
    "xdp, 'r2 = OK; r3 = 0; r1 = r2; r2 = r3', 23",
    "xdp, 'r2 = r10; r2 += -64; r3 = 64; r4 = OK', 69",
    "tc, 'r2 = OK; r3 = r10; r3 += -8; r4 = 8', 26",
    "tc, 'r2 = OK; r3 = r10; r3 += -8; r4 = 8; r5 = 0', 9",
    "tc, 'r2 = OK; r3 = 1; r4 = 2; r5 = 2', 10",
    "tc, 'r2 = OK; r3 = 1; r4 = 2; r5 = 2', 11",
  })
  void anErrorOfAHelperHasItsSignInTheUpperHalf(String type, String arguments, int helper)
      throws IOException {
    for (String number : List.of("0", "24", "40000", "-40000")) {
      StringBuilder zeros = new StringBuilder();
      for (int at = -64; at < 0; at += 8) {
        zeros.append("*(u64 *)(r10 - ").append(-at).append(") = 0\n");
      }
      String text =
          zeros + arguments.replace("OK", number).replace("; ", "\n") + "\ncall " + helper + "\n";
      ProgramSpec plain = helped(type, text + "r0 >>= 32\nexit\n");
      ProgramSpec extended = helped(type, text + "r0 <<= 32\nr0 s>>= 32\nr0 >>= 32\nexit\n");
      DifferentialReport report =
          DifferentialRun.run(object(), extended, plain, DifferentialOptions.of(200, SEED));
      assertTrue(report.difference().isEmpty(), () -> report + " seed " + SEED);
      DifferentialReport.Place inKernel = report.places().getLast();
      assertEquals(kernel(), inKernel.inputs() > 0, inKernel::reason);
    }
  }

  private static ProgramSpec helped(String type, String text) {
    ProgramType kind = type.equals("xdp") ? ProgramType.XDP : ProgramType.TC;
    return ProgramSpec.of("p", kind, Assembler.assemble(text), MAPS);
  }

  /**
   * Looks up the source address of IPv4 frames, counts by its last byte, and answers with it in the
   * frame.
   */
  private static List<Instruction> flowCounter() {
    return new ArrayList<>(
        List.of(
            new Load(MemSize.W, false, R2, Reg.R1, (short) 0),
            new Load(MemSize.W, false, R3, Reg.R1, (short) 4),
            new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(2)),
            new Alu(Width.W64, AluOp.MOV, R4, R2),
            new Alu(Width.W64, AluOp.ADD, R4, new Imm(34)),
            new Branch(Width.W64, JmpOp.JGT, R4, R3, (short) 14),
            new Load(MemSize.H, false, R3, R2, (short) 12),
            new Branch(Width.W64, JmpOp.JNE, R3, new Imm(0x0008), (short) 12),
            new Load(MemSize.W, false, R3, R2, (short) 26),
            new Store(MemSize.W, R2, (short) 30, R3),
            new Store(MemSize.W, Reg.FP, (short) -4, R3),
            new Alu(Width.W64, AluOp.MOV, R2, Reg.FP),
            new Alu(Width.W64, AluOp.ADD, R2, new Imm(-4)),
            new LoadWide(Reg.R1, WideSource.MAP_INDEX, 1, 0),
            new CallHelper(1),
            new Branch(Width.W64, JmpOp.JEQ, Reg.R0, new Imm(0), (short) 3),
            new Load(MemSize.DW, false, Reg.R1, Reg.R0, (short) 0),
            new Alu(Width.W64, AluOp.ADD, Reg.R1, new Imm(1)),
            new Store(MemSize.DW, Reg.R0, (short) 0, Reg.R1),
            new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(2)),
            new Exit()));
  }

  /** A fault of the kinds that optimizers make: one instruction of the program above is another. */
  record Fault(String name, int index, Instruction instruction) {
    List<Instruction> planted() {
      List<Instruction> code = flowCounter();
      code.set(index, instruction);
      return code;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final Fault OTHER_COUNT =
      new Fault("other count", 17, new Alu(Width.W64, AluOp.ADD, Reg.R1, new Imm(2)));
  private static final Fault OTHER_KEY =
      new Fault("other key", 10, new Store(MemSize.H, Reg.FP, (short) -4, R3));

  static List<Fault> faults() {
    return List.of(
        OTHER_COUNT,
        OTHER_KEY,
        new Fault("other verdict", 19, new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(1))),
        new Fault("other byte", 9, new Store(MemSize.H, R2, (short) 30, R3)),
        new Fault("lost update", 18, new Store(MemSize.W, Reg.R0, (short) 4, Reg.R1)),
        new Fault("wider bound", 4, new Alu(Width.W64, AluOp.ADD, R4, new Imm(33))),
        new Fault("pointer as key", 10, new Store(MemSize.W, Reg.FP, (short) -4, R2)));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aPlantedFaultIsFoundAndItsReproducerShowsIt(Fault fault) throws IOException {
    ProgramSpec original = ProgramSpec.of("p", ProgramType.XDP, flowCounter(), MAPS);
    ProgramSpec broken = ProgramSpec.of("p", ProgramType.XDP, fault.planted(), MAPS);
    DifferentialReport report =
        DifferentialRun.run(
            object(), original, broken, new DifferentialOptions(2_000, SEED, false, () -> false));
    Difference difference = report.difference().orElseThrow(() -> missed(fault, report));
    assertTrue(
        DifferentialRun.confirm(original, broken, difference.maps(), difference.inputs())
            .isPresent());
    assertTrue(
        DifferentialRun.confirm(original, original, difference.maps(), difference.inputs())
            .isEmpty());
  }

  private static AssertionError missed(Fault fault, DifferentialReport report) {
    return new AssertionError(fault + " not found: " + report + " seed " + SEED);
  }

  @Test
  void theKernelFindsFaultsToo() throws IOException {
    org.junit.jupiter.api.Assumptions.assumeTrue(kernel(), "BPF_PROG_TEST_RUN is not available");
    // The interpreter would find it first: so only what it cannot run counts here.
    ProgramSpec original = ProgramSpec.of("p", ProgramType.XDP, flowCounter(), MAPS);
    ProgramSpec broken = ProgramSpec.of("p", ProgramType.XDP, OTHER_COUNT.planted(), MAPS);
    Subject.Place kernel = KernelSubject.place(object());
    Samples samples = new Samples(original, SEED);
    List<Sample> inputs =
        samples.next(300).stream().filter(s -> s.length() >= 34 && s.raw()[12] == 8).toList();
    MapEntries filling =
        new Fillings(original, MAPS, SEED).next(DifferentialRunTest.keys(inputs), inputs);
    try (Subject a = kernel.open(original, MAPS, filling);
        Subject b = kernel.open(broken, MAPS, filling);
        Subject same = kernel.open(original, MAPS, filling)) {
      inputs.forEach(input -> {
        Outcome wanted = a.run(input);
        assertTrue(wanted.difference(b.run(input)).isEmpty());
        assertTrue(wanted.difference(same.run(input)).isEmpty());
      });
      assertTrue(a.stateDifference(b).isPresent());
      assertTrue(a.stateDifference(same).isEmpty());
    }
  }

  private static java.util.Map<String, java.util.Set<Sample>> keys(List<Sample> inputs) {
    java.util.Set<Sample> keys = new java.util.LinkedHashSet<>();
    inputs.forEach(
        input -> keys.add(Sample.of(java.util.Arrays.copyOfRange(input.bytes(), 26, 30))));
    return java.util.Map.of("flows", keys);
  }

  /** Counts packets in an inner map, if there is one; the key is the first byte of the packet. */
  private static ProgramSpec countsInside(int step) {
    String text =
        """
        r6 = *(u32 *)(r1 + 0)
        r7 = *(u32 *)(r1 + 4)
        r2 = r6
        r2 += 14
        r0 = 1
        if r2 > r7 goto out
        r8 = *(u8 *)(r6 + 0)
        *(u32 *)(r10 - 4) = 0
        r2 = r10
        r2 += -4
        r1 = map[idx:0] ll
        call 1
        if r0 == 0 goto none
        r6 = r0
        *(u32 *)(r10 - 4) = r8
        r1 = r6
        r2 = r10
        r2 += -4
        call 1
        if r0 != 0 goto known
        *(u64 *)(r10 - 16) = 5
        r1 = r6
        r2 = r10
        r2 += -4
        r3 = r10
        r3 += -16
        r4 = 0
        call 2
        none:
        r0 = 1
        goto out
        known:
        r1 = *(u64 *)(r0 + 0)
        r1 += STEP
        *(u64 *)(r0 + 0) = r1
        r0 = 2
        out:
        exit
        """
            .replace("STEP", Integer.toString(step));
    return ProgramSpec.of(
        "inside",
        ProgramType.XDP,
        Assembler.assemble(text),
        List.of(
            MapSpec.of("outer", MapType.ARRAY_OF_MAPS, 4, 4, 4),
            MapSpec.of("flows", MapType.HASH, 4, 8, 64)));
  }

  @Test
  void mapsInMapsAreFilledAndCompared() throws IOException {
    ProgramSpec program = countsInside(1);
    DifferentialReport same =
        DifferentialRun.run(object(), program, program, DifferentialOptions.of(600, SEED));
    assertTrue(same.difference().isEmpty(), () -> same + " seed " + SEED);
    assertEquals(600, same.places().getFirst().inputs(), same::toString);
    assertEquals(kernel(), same.places().getLast().inputs() > 300, same::toString);
    DifferentialReport wrong =
        DifferentialRun.run(object(), program, countsInside(2), DifferentialOptions.of(600, SEED));
    Difference difference = wrong.difference().orElseThrow();
    assertTrue(difference.what().contains("outer.inner"), difference::toString);
  }

  @Test
  void aSeedMakesTheSameRun() throws IOException {
    ProgramSpec original = ProgramSpec.of("p", ProgramType.XDP, flowCounter(), MAPS);
    ProgramSpec broken = ProgramSpec.of("p", ProgramType.XDP, OTHER_KEY.planted(), MAPS);
    DifferentialOptions options = new DifferentialOptions(500, SEED, false, () -> false);
    assertEquals(
        DifferentialRun.run(object(), original, broken, options).toString(),
        DifferentialRun.run(object(), original, broken, options).toString());
  }

  @Test
  void programsThatSeeNoPacketsRunOnAContext() throws IOException {
    List<Instruction> code =
        List.of(
            new Load(MemSize.W, false, Reg.R0, Reg.R1, (short) 16),
            new Alu(Width.W64, AluOp.AND, Reg.R0, new Imm(255)),
            new Store(MemSize.W, Reg.R1, (short) 4, Reg.R0),
            new Exit());
    List<Instruction> other = new ArrayList<>(code);
    other.set(2, new Store(MemSize.W, Reg.R1, (short) 8, Reg.R0));
    ProgramSpec original = ProgramSpec.of("p", ProgramType.TRACEPOINT, code, List.of());
    ProgramSpec broken = ProgramSpec.of("p", ProgramType.TRACEPOINT, other, List.of());
    DifferentialOptions options = DifferentialOptions.of(100, SEED);
    DifferentialReport same = DifferentialRun.run(object(), original, original, options);
    assertTrue(same.difference().isEmpty());
    assertFalse(same.ranNowhere());
    assertTrue(same.reasons().contains("no test runs of TRACEPOINT"), same.reasons());
    assertTrue(DifferentialRun.run(object(), original, broken, options).difference().isPresent());
  }

  @Test
  void whatCannotRunAnywhereIsSaid() throws IOException {
    List<MapSpec> maps = List.of(MapSpec.of("inner", MapType.SOCKMAP, 4, 4, 1));
    ProgramSpec program =
        ProgramSpec.of(
            "p",
            ProgramType.KPROBE,
            List.of(new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(0)), new Exit()),
            maps);
    DifferentialReport report =
        DifferentialRun.run(object(), program, program, DifferentialOptions.of(10, SEED));
    assertTrue(report.ranNowhere());
    assertTrue(report.reasons().contains("sockmap"), report.reasons());
  }

  @Test
  void theGateSaysWhatTheVerifierSays() throws IOException {
    ProgramFile file = object();
    try (KernelGate gate = KernelGate.open(file)) {
      KernelVerdict verdict = gate.judge(file.programs().getFirst());
      if (!kernel()) {
        assertTrue(verdict instanceof KernelVerdict.NotAvailable, verdict.logTail());
        return;
      }
      assertTrue(verdict instanceof KernelVerdict.Accepted(long steps, _, _, _) && steps > 0);
      ProgramSpec wrong =
          ProgramSpec.of(
              "p",
              ProgramType.XDP,
              List.of(new Load(MemSize.DW, false, Reg.R0, Reg.FP, (short) 8), new Exit()),
              file.maps());
      KernelVerdict refused = gate.judge(wrong);
      assertTrue(refused.refused(), refused.logTail());
      assertTrue(refused.logTail().contains("stack"), refused.logTail());
    }
    ObjectFile overrun =
        (ObjectFile)
            ProgramFile.read(
                Path.of(
                    System.getProperty("scr.root", ".."), "ebpf/src/test/resources/bpf/overrun.o"));
    try (KernelGate gate = KernelGate.open(overrun)) {
      assertTrue(gate.judge(overrun.programs().getFirst()).refused());
    }
    try (KernelGate gate = KernelGate.closed("not wanted")) {
      assertEquals("not wanted", gate.judge(file.programs().getFirst()).logTail());
    }
  }
}
