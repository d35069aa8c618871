package dev.scr.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.cli.harness.SequencedTrace;
import dev.scr.cli.harness.Sequencing;
import dev.scr.cli.harness.SwitchHarness;
import dev.scr.cli.harness.SwitchKind;
import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.object.Btf;
import dev.scr.hosts.program.Command;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.ControlFrame;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The P4 program on a switch gives the bytes of the reference sequencer, for traffic of every kind.
 * Every test prints its seed; {@code -Dseed=N} runs it again, {@code -Dscr.packets=N} makes longer
 * traces.
 */
class SequencersAgreeTest {
  private static final int[] WORKERS = {1, 2, 3, 4, 7, 14};

  static Stream<Arguments> configurations() {
    return Arrays.stream(SwitchKind.values())
        .flatMap(kind ->
            Arrays.stream(WORKERS)
                .boxed()
                .flatMap(workers ->
                    Arrays.stream(PacketProgram.values())
                        .map(program -> Arguments.of(kind, program, workers))));
  }

  private static void assumeInstalled(SwitchKind kind) {
    assumeTrue(
        kind == SwitchKind.EMBEDDED || MininetNetwork.onPath("simple_switch_grpc").isPresent(),
        "BMv2: simple_switch_grpc is not installed");
  }

  private static long seed() {
    long seed = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
    System.out.println("seed " + seed);
    return seed;
  }

  /** BMv2 does one or two thousand packets a second here, the embedded switch many times that. */
  private static Trace trace(SwitchKind kind, PacketProgram program, long seed) {
    int packets = Integer.getInteger("scr.packets", kind == SwitchKind.EMBEDDED ? 10_000 : 1_500);
    return TraceGenerator.generate(new TraceSpec(kindOf(program, seed), packets, 50, 64, seed));
  }

  /**
   * Everything a port may see; for the connection tracker now and then real connections instead.
   */
  private static TraceKind kindOf(PacketProgram program, long seed) {
    return program == PacketProgram.CONNTRACK && (seed & 1) == 0
        ? TraceKind.CONNECTIONS
        : TraceKind.MIXED;
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void byteForByte(SwitchKind kind, PacketProgram program, int workers) throws Exception {
    assumeInstalled(kind);
    long seed = seed();
    Trace trace = trace(kind, program, seed);
    int more = new SplittableRandom(seed).nextInt(5);
    int depth = Math.min(SequencerSettings.depthFor(workers) + more, program.maxDepth());
    SequencerSettings settings = SequencerSettings.first(depth, workers);
    Sequencing.Result expected = Sequencing.byReference(ProgramObject.of(program), trace, settings);
    try (SwitchHarness harness = kind.start()) {
      Sequencing.Result found =
          Sequencing.bySwitch(harness, program, trace, settings, packet -> {});
      assertSame(expected.frames(), found.frames());
      assertEquals(expected.counters().sequenced(), found.counters().sequenced());
      assertEquals(expected.counters().passedThrough(), found.counters().passedThrough());
      assertEquals(expected.counters().droppedMalformed(), found.counters().droppedMalformed());
      assertEquals(expected.counters().droppedOversized(), found.counters().droppedOversized());
      assertEquals(expected.counters().droppedUnmapped(), found.counters().droppedUnmapped());
      assertEquals(
          found.counters().sequenced(),
          found.counters().sprayed().values().stream().mapToLong(Long::longValue).sum());
    }
  }

  /**
   * Depth and workers change while traffic runs, and the frame size limit is tight. Slots that hold
   * no packet are compared as well, so the program is one whose slots have no time in them.
   */
  @ParameterizedTest
  @EnumSource
  void byteForByteWhileTheSettingsChange(SwitchKind kind) throws Exception {
    assumeInstalled(kind);
    long seed = seed();
    SplittableRandom random = new SplittableRandom(seed);
    PacketProgram program = PacketProgram.HEAVYHITTER;
    Trace trace = trace(kind, program, seed);
    Optional<Btf.Field> slotTime = ProgramObject.of(program).timeField();
    SequencedTrace expected = new SequencedTrace(SequencerSettings.UPLINK_PORT, slotTime);
    SequencedTrace found = new SequencedTrace(SequencerSettings.UPLINK_PORT, slotTime);
    try (SwitchHarness harness = kind.start();
        P4RuntimeSession session = Sequencing.connect(harness);
        MetadataExtraction extraction =
            new MetadataExtraction(ProgramObject.of(program), Engine.INTERPRETER)) {
      ReferenceSequencer reference =
          new ReferenceSequencer(SequencerPipeline.of(program), extraction);
      reference.ports(IntStream.range(0, 16).mapToObj(WorkerPort::defaultOf).toList());
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(SequencerPipeline.of(program), true);
      int segment = trace.size() / 12;
      byte[] packet = new byte[trace.maxLength()];
      for (int from = 0; from < trace.size(); from += segment) {
        int workers = 1 + random.nextInt(16);
        int least = SequencerSettings.depthFor(workers);
        int depth = least + random.nextInt(program.maxDepth() + 1 - least);
        controller.setDepthAndWorkers(depth, workers, false);
        if (random.nextInt(3) == 0) {
          controller.setMaxFrameBytes(600 + random.nextInt(1500));
        }
        reference.configure(controller.settings());
        int to = Math.min(from + segment, trace.size());
        for (int i = from; i < to; i++) {
          int length = trace.copyTo(i, packet);
          reference.process(packet, length, trace.timestampNs(i), expected);
        }
        harness.send(SequencerSettings.UPLINK_PORT, trace, from, to, found, sent -> {});
      }
      assertSame(expected.inOrderOf(trace), found.inOrderOf(trace));
    }
  }

  /**
   * Commands are numbered if they come from the controller's port, and dropped from any other, on
   * every sequencer.
   */
  @ParameterizedTest
  @MethodSource("switchesAndPrograms")
  void commandsCountFromTheControllersPortOnly(SwitchKind kind, PacketProgram program)
      throws Exception {
    assumeInstalled(kind);
    long seed = seed();
    Trace packets = TraceGenerator.generate(new TraceSpec(TraceKind.CONNECTIONS, 120, 3, 80, seed));
    Trace commands = commands(ProgramObject.of(program));
    Optional<Btf.Field> slotTime = ProgramObject.of(program).timeField();
    SequencedTrace expected = new SequencedTrace(SequencerSettings.UPLINK_PORT, slotTime);
    SequencedTrace found = new SequencedTrace(SequencerSettings.UPLINK_PORT, slotTime);
    Trace.Builder sent = new Trace.Builder();
    try (SwitchHarness harness = kind.start();
        P4RuntimeSession session = Sequencing.connect(harness);
        MetadataExtraction extraction =
            new MetadataExtraction(ProgramObject.of(program), Engine.INTERPRETER)) {
      ReferenceSequencer reference =
          new ReferenceSequencer(SequencerPipeline.of(program), extraction);
      reference.ports(IntStream.range(0, 4).mapToObj(WorkerPort::defaultOf).toList());
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(SequencerPipeline.of(program), true);
      reference.configure(controller.setDepthAndWorkers(5, 4, false));
      for (int round = 0; round < 4; round++) {
        int from = round * 30;
        for (int i = from; i < from + 30; i++) {
          byte[] packet = packets.bytes(i);
          sent.add(packets.timestampNs(i), packet);
          reference.process(packet, packet.length, packets.timestampNs(i), expected);
        }
        harness.send(SequencerSettings.UPLINK_PORT, packets, from, from + 30, found, n -> {});
        boolean hostile = round % 2 == 1;
        for (int i = 0; i < commands.size(); i++) {
          byte[] frame = commands.bytes(i);
          sent.add(0, frame);
          if (hostile) {
            reference.process(frame, frame.length, 0, expected);
          } else {
            reference.processFromController(frame, frame.length, 0, expected);
          }
        }
        int port = hostile ? SequencerSettings.UPLINK_PORT : ControlFrame.CPU_PORT;
        harness.send(port, commands, 0, commands.size(), found, n -> {});
      }
      assertSame(expected.inOrderOf(sent.build()), found.inOrderOf(sent.build()));
      assertEquals(2L * commands.size(), controller.counters().droppedMalformed());
      assertEquals(120 + 2L * commands.size(), controller.counters().sequenced());
      controller.command(List.of(commands.bytes(0)));
      assertEquals(121 + 2L * commands.size(), controller.counters().sequenced());
    }
  }

  static Stream<Arguments> switchesAndPrograms() {
    return Arrays.stream(SwitchKind.values())
        .flatMap(kind ->
            Arrays.stream(PacketProgram.values()).map(program -> Arguments.of(kind, program)));
  }

  /** Each command of a program once. */
  private static Trace commands(ProgramObject object) {
    Trace.Builder trace = new Trace.Builder();
    for (Command command : object.commands()) {
      Map<String, String> fields =
          command.fields().stream()
              .collect(
                  Collectors.toMap(
                      field -> field, field -> field.endsWith("addr") ? "10.0.0.1" : "6"));
      object.controlFrames(command.name(), fields).forEach(frame -> trace.add(0, frame));
    }
    return trace.build();
  }

  private static void assertSame(Trace expected, Trace found) {
    for (int i = 0; i < Math.min(expected.size(), found.size()); i++) {
      int frame = i;
      assertArrayEquals(expected.bytes(i), found.bytes(i), () -> "frame " + frame);
      assertEquals(expected.timestampNs(i), found.timestampNs(i), () -> "frame " + frame);
    }
    assertEquals(expected.size(), found.size());
  }
}
