package dev.scr.hosts.live;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.program.Handlers;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.hosts.worker.Replica;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a worker hands on: every packet that has a verdict, once, as it was before the sequencer;
 * whatever else comes to its interface, and whatever gets lost on the way there.
 */
class LiveWorkerTest {
  private static final int PACKETS = 300;

  /** A packet and the frame that the sequencer made of it. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
  private record Sequenced(byte[] packet, byte[] frame) {}

  private static List<Sequenced> sequenced(
      ProgramObject object, SplittableRandom random, long seed) {
    Trace trace = TraceGenerator.generate(new TraceSpec(TraceKind.MIXED, PACKETS, 8, 64, seed));
    int workers = 1 + random.nextInt(5);
    int depth = SequencerSettings.depthFor(workers) + random.nextInt(3);
    List<Sequenced> all = new ArrayList<>();
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.INTERPRETER)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      sequencer.ports(IntStream.range(0, workers).mapToObj(WorkerPort::defaultOf).toList());
      sequencer.configure(SequencerSettings.first(depth, workers));
      for (int i = 0; i < trace.size(); i++) {
        byte[] packet = trace.bytes(i);
        sequencer.process(
            packet,
            packet.length,
            trace.timestampNs(i),
            (port, frame, length) -> {
              if (port == WorkerPort.defaultOf(0).port()) {
                all.add(new Sequenced(packet, Arrays.copyOf(frame, length)));
              }
            });
      }
    }
    return all;
  }

  /** Where a sink may go wrong: as much as it takes too early, and too long. */
  private record Fault(int earlier, int longer) {
    static final Fault NONE = new Fault(0, 0);
  }

  private static void check(ProgramObject object, long seed, Fault fault) {
    SplittableRandom random = new SplittableRandom(seed);
    List<byte[]> expected = new ArrayList<>();
    List<byte[]> found = new ArrayList<>();
    List<Integer> expectedVerdicts = new ArrayList<>();
    List<Integer> verdicts = new ArrayList<>();
    PacketSink sink =
        (verdict, frame, offset, length) -> {
          verdicts.add(verdict);
          int start = offset - fault.earlier();
          found.add(Arrays.copyOfRange(frame, start, start + length + fault.longer()));
        };
    try (Replica replica = ReplicaEngine.INTERPRETER.replica(object)) {
      LiveWorker worker =
          new LiveWorker(
              replica,
              0,
              Integer.MAX_VALUE,
              Long.MAX_VALUE,
              (_, verdict) -> expectedVerdicts.add(verdict),
              sink);
      for (Sequenced next : sequenced(object, random, seed)) {
        int padding = random.nextInt(3) == 0 ? random.nextInt(30) : 0;
        byte[] frame = Arrays.copyOf(next.frame(), next.frame().length + padding);
        switch (random.nextInt(6)) {
          case 0 -> {} // lost
          case 1 -> { // another one, and a packet that comes back
            worker.frame(new byte[60], 60);
            worker.frame(next.packet(), next.packet().length);
            expected.add(next.packet());
            worker.frame(frame, frame.length);
          }
          case 2 -> { // twice
            expected.add(next.packet());
            worker.frame(frame, frame.length);
            worker.frame(frame, frame.length);
          }
          case 3 -> worker.frame(frame, next.frame().length - 1); // cut short
          default -> {
            expected.add(next.packet());
            worker.frame(frame, frame.length);
          }
        }
      }
    }
    assertEquals(expected.size(), found.size());
    assertEquals(expectedVerdicts, verdicts);
    for (int i = 0; i < found.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i), "packet " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyPacketIsHandedOnOnceAsItWas(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    Seeds.forAll(40, seed -> check(object, seed, Fault.NONE));
  }

  /** History, or a part of it, sent along; padding sent along; a byte less. */
  @ParameterizedTest
  @ValueSource(strings = {"4 4", "4 0", "0 1", "0 -1", "-1 -1"})
  void aSinkThatTakesOtherBytesIsNoticed(String fault) {
    int gap = fault.indexOf(' ');
    Fault planted =
        new Fault(
            Integer.parseInt(fault.substring(0, gap)), Integer.parseInt(fault.substring(gap + 1)));
    ProgramObject object = ProgramObject.of(PacketProgram.DDOS);
    Seeds.forAll(
        10, seed -> assertThrows(AssertionError.class, () -> check(object, seed, planted)));
  }

  /**
   * Handlers cannot change packets: {@code update} does not get them, and {@code extract} only to
   * read. So what a worker hands on is the packet as the handler left it, as XDP has it.
   */
  @ParameterizedTest
  @EnumSource
  void handlersLeaveThePacketAlone(PacketProgram program) {
    for (Handlers handlers : Handlers.values()) {
      ProgramObject object = ProgramObject.of(program, handlers);
      Seeds.forAll(
          5, seed -> assertEquals(0, changed(object, List.of(), seed), handlers.toString()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aHandlerThatChangesThePacketIsNoticed(PacketProgram program) {
    Instruction data = new Load(MemSize.W, false, Reg.R0, Reg.R1, (short) 0);
    Instruction change = new Store(MemSize.B, Reg.R0, (short) 3, new Imm(0xab));
    assertTrue(changed(ProgramObject.of(program), List.of(data, change), 1) > 0);
  }

  /** How many of a trace's frames the handler changes, with instructions put in front of it. */
  private static long changed(ProgramObject object, List<Instruction> before, long seed) {
    List<Sequenced> frames = sequenced(object, new SplittableRandom(seed), seed);
    assertTrue(frames.size() > 10, () -> "only " + frames.size());
    try (BpfInstance instance = object.instance(Engine.INTERPRETER, () -> 0);
        Arena arena = Arena.ofConfined()) {
      ProgramSpec spec = object.object().program(ProgramObject.SCR).orElseThrow();
      XdpProgram program = before.isEmpty() ? instance.xdp(spec) : instance.xdp(only(spec, before));
      long changed = 0;
      for (Sequenced next : frames) {
        MemorySegment place = arena.allocate(next.frame().length, 64);
        MemorySegment.copy(next.frame(), 0, place, ValueLayout.JAVA_BYTE, 0, next.frame().length);
        program.run(place, next.frame().length);
        changed += Arrays.equals(next.frame(), place.toArray(ValueLayout.JAVA_BYTE)) ? 0 : 1;
      }
      return changed;
    }
  }

  private static ProgramSpec only(ProgramSpec spec, List<Instruction> code) {
    List<Instruction> all = new ArrayList<>(code);
    all.add(new Exit());
    return new ProgramSpec(
        spec.name(),
        spec.section(),
        spec.type(),
        new InstructionList(all),
        spec.functions().subList(0, 1),
        spec.maps());
  }
}
