package dev.scr.hosts.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The packet programs in the kernel: accepted, and the same as on our engines. */
class ProgramsInKernelTest {
  private static final int TRACES = 8;
  private static final int PACKETS = 2_000;
  private static final int SOURCES = 8;
  private static final int CLOCK = Helper.KTIME_GET_NS.number();

  @BeforeEach
  void needsKernel() {
    Probe probe = Feature.TEST_RUN.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "BPF_PROG_TEST_RUN: " + probe);
  }

  @ParameterizedTest
  @EnumSource
  void theVerifierAcceptsEveryFunction(PacketProgram program) {
    accepts(ProgramObject.of(program, Handlers.ORIGINAL).object());
  }

  @ParameterizedTest
  @EnumSource
  void theVerifierAcceptsEveryOptimizedFunction(PacketProgram program) {
    accepts(ProgramObject.of(program, Handlers.OPTIMIZED).object());
  }

  private static void accepts(BpfObject object) {
    try (KernelInstance instance = KernelInstance.create(object)) {
      for (ProgramSpec spec : object.programs()) {
        assertTrue(instance.program(spec).info().machineBytes() > 0, spec.name());
      }
      assertTrue(object.programs().size() >= 3, object.programs().toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void verdictsAndMapsAreThoseOfOurEngines(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    Seeds.forAll(
        TRACES,
        seed -> {
          Trace trace =
              TraceGenerator.generate(new TraceSpec(TraceKind.MIXED, PACKETS, SOURCES, 64, seed));
          List<byte[]> packets =
              IntStream.range(0, trace.size())
                  .mapToObj(trace::bytes)
                  .filter(packet -> KernelProgram.takes(packet.length))
                  .toList();
          compare(object, ProgramObject.SEQUENTIAL, packets);
          compare(object, ProgramObject.EXTRACT, packets);
          compare(object, ProgramObject.SCR, sequenced(object, trace, 1 + (int) (seed & 7)));
        });
  }

  /** The frames of worker 0. */
  private static List<byte[]> sequenced(ProgramObject object, Trace trace, int workers) {
    List<WorkerPort> ports = IntStream.range(0, workers).mapToObj(WorkerPort::defaultOf).toList();
    List<byte[]> frames = new ArrayList<>();
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.INTERPRETER)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      sequencer.ports(ports);
      sequencer.configure(
          SequencerSettings.first(SequencerSettings.depthFor(workers) + 2, workers));
      for (int i = 0; i < trace.size(); i++) {
        byte[] packet = trace.bytes(i);
        sequencer.process(
            packet,
            packet.length,
            trace.timestampNs(i),
            (port, frame, length) -> {
              if (port == ports.getFirst().port()) {
                frames.add(Arrays.copyOf(frame, length));
              }
            });
      }
    }
    return frames;
  }

  /** The same program at a time that stands still, since the kernel's clock cannot be set. */
  private static ProgramSpec withoutClock(ProgramSpec spec) {
    Instruction noon = new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(1_000_000_000));
    List<Instruction> code =
        spec.code().instructions().stream()
            .map(insn -> insn.equals(new CallHelper(CLOCK)) ? noon : insn)
            .toList();
    return new ProgramSpec(
        spec.name(),
        spec.section(),
        spec.type(),
        new InstructionList(code),
        spec.functions(),
        spec.maps());
  }

  private static void compare(ProgramObject object, String function, List<byte[]> frames) {
    BpfObject file = object.object();
    try (BpfInstance interpreted = BpfInstance.create(file, Engine.INTERPRETER);
        BpfInstance compiled = BpfInstance.create(file, Engine.JVM);
        KernelInstance kernel = KernelInstance.create(file)) {
      ProgramSpec spec = withoutClock(file.program(function).orElseThrow());
      XdpProgram onInterpreter = interpreted.xdp(spec);
      XdpProgram onJvm = compiled.xdp(spec);
      KernelProgram inKernel = kernel.program(spec);
      for (byte[] frame : frames) {
        int expected = onInterpreter.run(frame);
        assertEquals(expected, onJvm.run(frame), () -> "JVM: " + HexFormat.of().formatHex(frame));
        assertEquals(
            expected, inKernel.run(frame), () -> "kernel: " + HexFormat.of().formatHex(frame));
      }
      for (MapSpec map : file.maps()) {
        String what = function + ": map " + map.name();
        assertEquals(
            interpreted.map(map.name()).entries(), compiled.map(map.name()).entries(), what);
        assertEquals(interpreted.map(map.name()).entries(), kernel.map(map.name()).entries(), what);
      }
      // One of up to 8 workers gets an eighth of what is sequenced, which is about half of the mix.
      assertTrue(frames.size() > PACKETS / 8 / 4, "only " + frames.size());
    }
  }
}
