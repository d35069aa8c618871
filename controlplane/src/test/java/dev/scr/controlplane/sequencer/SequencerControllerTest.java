package dev.scr.controlplane.sequencer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.scr.controlplane.FakeSwitch;
import dev.scr.controlplane.TestSwitch;
import dev.scr.controlplane.session.NotPrimary;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchRefused;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.PipelineCookie;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class SequencerControllerTest {
  private static final SequencerPipeline PORTKNOCK = SequencerPipeline.of(PacketProgram.PORTKNOCK);
  private static final SequencerPipeline DDOS = SequencerPipeline.of(PacketProgram.DDOS);

  @ParameterizedTest
  @EnumSource
  void configuresASequencer(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      assertEquals(PushOutcome.PUSHED, controller.pushPipeline(PORTKNOCK, false));
      assertEquals(SequencerSettings.UNCONFIGURED, controller.settings());

      assertEquals(SequencerSettings.first(3, 4), controller.setDepthAndWorkers(3, 4, false));
      assertEquals(settings(2, 5, 4), controller.setDepth(5, false));
      assertEquals(settings(3, 5, 2), controller.setWorkers(2, false));
      assertEquals(
          settings(3, 5, 2), controller.setWorkers(2, false), "nothing to change, no new epoch");

      assertEquals(settings(3, 5, 2), new SequencerController(session).settings());
      assertEquals(List.of(WorkerPort.defaultOf(0), WorkerPort.defaultOf(1)), controller.ports());
      assertEquals(
          new SequencerCounters(0, 0, 0, 0, 0, new TreeMap<>(Map.of(0, 0L, 1, 0L))),
          controller.counters());
    }
  }

  @ParameterizedTest
  @EnumSource
  void reportsStatus(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(DDOS, false);
      controller.setDepthAndWorkers(1, 2, false);
      SequencerStatus status = controller.status();
      P4InfoIndex info = CheckedPipeline.of(DDOS).info();
      assertEquals("ddos", status.program());
      assertEquals(
          PipelineCookie.of(info.info(), ByteString.copyFrom(DDOS.deviceConfig())),
          status.cookie().orElseThrow());
      assertEquals(new SequencerLimits(4, 63, 256), status.limits());
      assertEquals(SequencerSettings.first(1, 2), status.settings());
      assertEquals(2, status.ports().size());
    }
  }

  @Test
  void portsComeBeforeAndGoAfterTheSettingsThatUseThem() {
    try (FakeSwitch target = FakeSwitch.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      controller.setDepthAndWorkers(2, 3, false);
      controller.setWorkers(1, false);
      assertEquals(
          List.of("INSERT INSERT INSERT", "MODIFY", "MODIFY", "DELETE DELETE"),
          target.writes.stream()
              .map(batch -> String.join(" ", batch.stream().map(u -> u.getType().name()).toList()))
              .toList());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60 | 1   | depth: expected 0..59, the slots of the compiled ring; found 60",
        "-1 | 1   | depth=-1 is not in 0..255",
        "3  | 257 | workers=257 is not in 0..256",
        "2  | 4   | expected depth >= workers - 1, so that every worker sees every packet; found depth 2 and 4 workers; set"
            + " depth 3, or --force to let the workers differ"
      })
  void refusesWhatCannotBe(int depth, int workers, String message) {
    try (FakeSwitch target = FakeSwitch.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      BadSettings e =
          assertThrows(
              BadSettings.class, () -> controller.setDepthAndWorkers(depth, workers, false));
      assertEquals(message, e.getMessage());
      assertEquals(List.of(), target.writes);
    }
  }

  @Test
  void forceAllowsTooLittleHistory() {
    try (FakeSwitch target = FakeSwitch.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      assertEquals(SequencerSettings.first(2, 4), controller.setDepthAndWorkers(2, 4, true));
      assertThrows(
          BadSettings.class,
          () -> controller.setDepth(60, true),
          "but not what the ring has no room for");
      assertThrows(BadSettings.class, () -> controller.setDepth(1, false));
      assertEquals(settings(2, 2, 3), controller.setWorkers(3, false));
      assertEquals(4, controller.ports().size(), "the sequencer may still use worker 3");
    }
  }

  @ParameterizedTest
  @EnumSource
  void theEpochSkipsZero(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      P4InfoIndex info = CheckedPipeline.of(PORTKNOCK).info();
      session.write(info, List.of(new SequencerTables(info).settingsUpdate(settings(65535, 3, 4))));
      assertEquals(settings(1, 4, 4), controller.setDepth(4, false));
    }
  }

  @ParameterizedTest
  @EnumSource
  void editsPortsAndLimits(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      WorkerPort first = new WorkerPort(0, 17, 0xa_bcde_f012L, 0x1_0000_0001L);
      controller.setPort(first);
      assertEquals(new SequencerSettings(1, 0, 0, 1514, 1), controller.setMaxFrameBytes(1514));
      assertEquals(new SequencerSettings(2, 0, 0, 1514, 9), controller.setPassPort(9));
      assertEquals(
          new SequencerSettings(3, 1, 2, 1514, 9), controller.setDepthAndWorkers(1, 2, false));
      assertEquals(
          List.of(first, WorkerPort.defaultOf(1)), controller.ports(), "a port that is set stays");
      controller.setPort(WorkerPort.defaultOf(0));
      assertEquals(List.of(WorkerPort.defaultOf(0), WorkerPort.defaultOf(1)), controller.ports());
      BadSettings e = assertThrows(BadSettings.class, () -> controller.setMaxFrameBytes(100));
      assertEquals(
          "max_frame: expected at least 108 bytes, the smallest frame at depth 1; found 100",
          e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSamePipelineIsNotPushedAgain(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      controller.setDepthAndWorkers(3, 4, false);
      assertEquals(
          PushOutcome.UNCHANGED, new SequencerController(session).pushPipeline(PORTKNOCK, true));
      assertEquals(SequencerSettings.first(3, 4), controller.settings());
    }
  }

  @ParameterizedTest
  @EnumSource
  void anotherPipelineNeedsConsent(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      controller.setDepthAndWorkers(3, 4, false);
      SwitchRefused e =
          assertThrows(SwitchRefused.class, () -> controller.pushPipeline(DDOS, false));
      assertTrue(
          String.valueOf(e.getMessage())
              .startsWith(target.address() + ": push pipeline: expected ddos with cookie 0x"),
          e::getMessage);
      assertTrue(
          String.valueOf(e.getMessage()).contains("; found portknock with cookie 0x"),
          e::getMessage);

      assertEquals(PushOutcome.REPLACED, controller.pushPipeline(DDOS, true));
      assertEquals(settings(2, 0, 0), controller.settings(), "the epoch goes on");
      assertEquals(4, controller.ports().size());
      assertEquals("ddos", controller.status().program());
    }
  }

  @ParameterizedTest
  @EnumSource
  void anotherBuildOfTheProgramKeepsTheSettings(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      controller.setDepthAndWorkers(3, 4, false);
      assertEquals(PushOutcome.REPLACED, controller.pushPipeline(rebuilt(PORTKNOCK), true));
      assertEquals(settings(2, 3, 4), controller.settings());
      assertEquals(4, controller.ports().size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void wantsASequencer(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      SwitchRefused e = assertThrows(SwitchRefused.class, controller::settings);
      assertEquals(
          target.address() + ": expected a sequencer's pipeline; found none; push one first",
          e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReadOnlySessionReadsAndChangesNothing(TestSwitch.Kind kind) throws Exception {
    try (TestSwitch target = kind.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target));
        P4RuntimeSession reader = P4RuntimeSession.connectReadOnly(options(target))) {
      new SequencerController(session).pushPipeline(PORTKNOCK, false);
      SequencerController controller = new SequencerController(reader);
      assertEquals(SequencerSettings.UNCONFIGURED, controller.settings());
      assertThrows(NotPrimary.class, () -> controller.setDepthAndWorkers(1, 2, false));
      assertEquals(SequencerSettings.UNCONFIGURED, controller.settings());
    }
  }

  static LongStream seeds() {
    Long one = Long.getLong("seed");
    return one != null
        ? LongStream.of(one)
        : LongStream.rangeClosed(1, Integer.getInteger("scr.seeds", 200));
  }

  /**
   * Whatever is asked for in whatever order: settings are what was asked for last, and each worker
   * has a port.
   */
  @Test
  void anySequenceOfChangesEndsWhereItShould() {
    try (FakeSwitch target = FakeSwitch.start();
        P4RuntimeSession session = P4RuntimeSession.connect(options(target))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(PORTKNOCK, false);
      seeds()
          .forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            for (int step = 0; step < 3; step++) {
              int workers = random.nextInt(12);
              int depth = SequencerSettings.depthFor(workers) + random.nextInt(4);
              SequencerSettings before = controller.settings();
              SequencerSettings after = controller.setDepthAndWorkers(depth, workers, false);
              String context = "-Dseed=" + seed + " step " + step;
              assertEquals(after, controller.settings(), context);
              assertEquals(
                  List.of(depth, workers), List.of(after.depth(), after.workers()), context);
              boolean same =
                  before.depth() == depth && before.workers() == workers && before.epoch() != 0;
              assertEquals(
                  same ? before.epoch() : before.epoch() % 65535 + 1, after.epoch(), context);
              assertEquals(
                  IntStream.range(0, workers).mapToObj(WorkerPort::defaultOf).toList(),
                  controller.ports(),
                  context);
            }
          });
    }
  }

  /** The same program as another compilation would leave it. */
  static SequencerPipeline rebuilt(SequencerPipeline pipeline) {
    byte[] config = Arrays.copyOf(pipeline.deviceConfig(), pipeline.deviceConfig().length + 1);
    config[config.length - 1] = '\n';
    return new SequencerPipeline(
        pipeline.program(),
        pipeline.programId(),
        pipeline.slotBytes(),
        pipeline.maxDepth(),
        config,
        pipeline.p4infoText());
  }

  private static SequencerSettings settings(int epoch, int depth, int workers) {
    return new SequencerSettings(
        epoch,
        depth,
        workers,
        SequencerSettings.DEFAULT_MAX_FRAME_BYTES,
        SequencerSettings.UPLINK_PORT);
  }

  private static SessionOptions options(TestSwitch target) {
    return SessionOptions.of(target.address());
  }
}
