package dev.scr.hosts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.hosts.bench.CostModel.Point;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.pipeline.PacketProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandlerBenchmarkTest {
  /** Each run of a handler that feeds itself is a packet of its own, with its whole history. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 14})
  void everyRunHandlesTheNextFrameWithItsHistory(int depth) {
    for (PacketProgram program : PacketProgram.values()) {
      ProgramObject object = ProgramObject.of(program);
      HandlerCase measured = new HandlerCase(program, depth, 50);
      WorkerFrames frames = WorkerFrames.of(object, measured, 7);
      ProgramSpec handler = object.object().program(ProgramObject.SCR).orElseThrow();
      ProgramSpec fed = FedHandler.of(handler, frames, measured.workers());
      try (EngineLoop loop = new EngineLoop.Jvm(fed, frames)) {
        int packets = WorkerFrames.COUNT + 10;
        loop.run(packets);
        ByteBuffer progress =
            ByteBuffer.wrap(loop.entries(ProgramObject.PROGRESS).getFirst().value())
                .order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(packets * measured.workers(), progress.getInt(0), "applied");
        assertEquals(packets, progress.getLong(8), "handled");
        assertEquals((long) packets * depth, progress.getLong(16), "fast-forwarded");
        for (int at = 24; at < 56; at += 8) {
          assertEquals(0, progress.getLong(at), "missed, late, restarted, refused");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void enginesAreComparedAndAgree(PacketProgram program) {
    Probe probe = Feature.TEST_RUN.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "BPF_PROG_TEST_RUN: " + probe);
    HandlerComparison comparison =
        new HandlerBenchmark(2, 2, 5_000, 3).compare(new HandlerCase(program, 2, 100), _ -> {});
    assertEquals(2, comparison.loadRatios().size());
    assertTrue(comparison.jvmNs() > 0 && comparison.kernelNs() > 0, comparison.toString());
    // The measurement itself may allocate a little; thousands of packets may not.
    assertTrue(comparison.bytesPerPacket() < 0.1, comparison.toString());
  }

  @Test
  void modelIsTheLineThroughThePoints() {
    CostModel model = CostModel.of(List.of(new Point(0, 20), new Point(1, 30), new Point(4, 60)));
    assertEquals(20, model.c1Ns(), 1e-9);
    assertEquals(10, model.c2Ns(), 1e-9);
    assertEquals(1, model.r2(), 1e-9);
    assertThrows(
        IllegalArgumentException.class,
        () -> CostModel.of(List.of(new Point(2, 20), new Point(2, 30))));
  }

  /** d is no part of c1 and c2, and a reload that others disturbed does not count. */
  @Test
  void modelOfAHandlerLeavesThePreludeAside() {
    List<HandlerComparison> comparisons =
        List.of(comparison(0, 12), comparison(2, 12 + 2 * 4), comparison(5, 12 + 5 * 4));
    HandlerModel jvm = HandlerModel.of(comparisons, HandlerModel.Side.JVM);
    assertEquals(new HandlerModel(42, 12, 4, 30, 1), rounded(jvm));
    HandlerModel kernel = HandlerModel.of(comparisons, HandlerModel.Side.KERNEL);
    assertEquals(new HandlerModel(84, 24, 8, 60, 1), rounded(kernel));
  }

  private static HandlerComparison comparison(int depth, double handler) {
    double prelude = 30 + depth;
    HandlerComparison.Cost jvm = new HandlerComparison.Cost(handler, prelude);
    HandlerComparison.Cost kernel = new HandlerComparison.Cost(2 * handler, 2 * prelude);
    HandlerComparison.Cost disturbed = new HandlerComparison.Cost(9 * handler, 7 * prelude);
    return new HandlerComparison(
        new HandlerCase(PacketProgram.DDOS, depth, 10),
        0,
        0,
        0,
        0,
        List.of(0.5),
        List.of(
            new HandlerComparison.Load(disturbed, kernel),
            new HandlerComparison.Load(jvm, disturbed)),
        0);
  }

  private static HandlerModel rounded(HandlerModel model) {
    return new HandlerModel(
        Math.rint(model.tNs()),
        Math.rint(model.c1Ns()),
        Math.rint(model.c2Ns()),
        Math.rint(model.dNs()),
        model.r2() > 1 - 1e-9 ? 1 : model.r2());
  }

  @Test
  void statisticsAreThoseOfTheTextbook() {
    assertEquals(2, Statistics.median(List.of(3.0, 1.0, 2.0)));
    assertEquals(2.5, Statistics.median(List.of(4.0, 1.0, 2.0, 3.0)));
    assertEquals(1 / Math.sqrt(3), Statistics.standardError(List.of(1.0, 2.0, 3.0)), 1e-9);
  }
}
