package dev.scr.hosts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.Seeds;
import dev.scr.hosts.bench.ThroughputFindings.Point;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.SequentialProgram;
import dev.scr.hosts.strategy.Promise;
import dev.scr.hosts.strategy.Strategy;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.linux.machine.Cpus;
import dev.scr.pipeline.PacketProgram;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ThroughputBenchmarkTest {
  /** Offsets in {@code struct progress}. */
  private static final int HANDLED = 8;

  private static final int MISSED = 24;

  private static Trace trace(TraceKind kind, int packets, long seed) {
    return TraceGenerator.generate(new TraceSpec(kind, packets, 60, 64, seed));
  }

  private static WorkerLoop worker(ProgramObject object, String function) {
    return WorkerLoop.of(clock -> object.instance(Engine.JVM, clock), function, null);
  }

  /** Each worker of the bench ends where the sequential program does on the endless trace. */
  @ParameterizedTest
  @EnumSource
  void replicasOfTheBenchAreRight(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    Seeds.forAll(
        4,
        seed -> {
          int workers = 1 + (int) (Math.abs(seed) % 8);
          Trace trace = trace(TraceKind.ZIPF, 300 + (int) (Math.abs(seed) % 100), seed);
          Workload workload = new Workload(object, trace, trace.size());
          int used = workload.size() / workers * workers;
          List<Lane> lanes = workload.sequenced(workers);
          int frames = 2 * used / workers + 7;
          for (int worker = 0; worker < workers; worker += Math.max(1, workers - 1)) {
            try (WorkerLoop loop = worker(object, ProgramObject.SCR);
                SequentialProgram sequential = new SequentialProgram(object, Engine.JVM)) {
              loop.run(lanes.get(worker), frames);
              int first = used + worker - (workers - 1); // its first frame's oldest history
              for (int i = 0; i < frames * workers; i++) {
                int packet = (first + i) % used;
                byte[] bytes = trace.bytes(packet);
                sequential.handle(bytes, bytes.length, trace.timestampNs(packet));
              }
              assertEquals(sequential.state(), loop.state());
              assertEquals(frames, loop.progress(HANDLED));
              assertEquals(0, loop.progress(MISSED));
            }
          }
        });
  }

  /** A clock that moves on by itself makes arrivals that can be counted. */
  private static LongSupplier ticking(long ns) {
    long[] now = {0};
    return () -> now[0] += ns;
  }

  @Test
  void whatFindsTheRingFullIsLostAndNothingElse() {
    ProgramObject object = ProgramObject.of(PacketProgram.DDOS);
    Trace trace = trace(TraceKind.UNIFORM, 512, 1);
    Lane lane = new Workload(object, trace, trace.size()).sequenced(2).getFirst();
    try (WorkerLoop loop = worker(object, ProgramObject.SCR)) {
      // 1000 packets arrive with each look at the clock: eight batches are not enough.
      WorkerLoop.Offered much = loop.offer(lane, 0.1, 1_000_000, ticking(10_000), 8, null);
      assertEquals(100_000, much.offered());
      assertTrue(much.lost() > 40_000 && much.lost() < 60_000, much.toString());
      assertEquals(much.offered() - much.lost(), loop.progress(HANDLED));
      // 500 are handled in time.
      WorkerLoop.Offered little = loop.offer(lane, 0.05, 1_000_000, ticking(10_000), 8, null);
      assertEquals(new WorkerLoop.Offered(50_000, 0), little);
    }
  }

  @ParameterizedTest
  @EnumSource
  void packetsAllocateNothing(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    Trace trace = trace(TraceKind.UNIFORM, 512, 1);
    Lane lane = new Workload(object, trace, trace.size()).sequenced(3).getFirst();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().threadId();
    try (WorkerLoop loop = worker(object, ProgramObject.SCR)) {
      loop.run(lane, 50_000);
      long before = threads.getThreadAllocatedBytes(self);
      loop.run(lane, 200_000);
      long bytes = threads.getThreadAllocatedBytes(self) - before;
      assertTrue(bytes < 20_000, bytes + " bytes for 200,000 packets");
    }
  }

  @Test
  void rebalancingEvensOutWhatItCan() {
    ProgramObject object = ProgramObject.of(PacketProgram.HEAVYHITTER);
    Trace zipf = trace(TraceKind.ZIPF, 4_000, 3);
    Workload workload = new Workload(object, zipf, zipf.size());
    double sharded = largest(workload.sharded(4));
    double rebalanced = largest(workload.rebalanced(4));
    assertTrue(rebalanced < sharded, rebalanced + " of " + sharded);
    for (List<Lane> lanes : List.of(workload.sharded(4), workload.sprayed(4))) {
      assertEquals(1, lanes.stream().mapToDouble(Lane::share).sum(), 1e-9);
    }
    Trace single = trace(TraceKind.SINGLE_FLOW, 500, 3);
    ProgramObject ddos = ProgramObject.of(PacketProgram.DDOS);
    assertEquals(1, largest(new Workload(ddos, single, 500).rebalanced(4)), "one flow, one core");
  }

  private static double largest(List<Lane> lanes) {
    return lanes.stream().mapToDouble(Lane::share).max().orElseThrow();
  }

  @Test
  void onlyWhatRanTogetherCountsAsMeasured() throws InterruptedException {
    int cores = Cpus.usable().size();
    int beyond = cores + 3;
    List<Integer> workers = List.of(1, 2, beyond);
    ThroughputPlan plan =
        new ThroughputPlan(
            List.of(PacketProgram.DDOS, PacketProgram.PORTKNOCK),
            List.of(Strategy.values()),
            workers,
            List.of(
                new ThroughputPlan.NamedTrace(
                    "one", trace(TraceKind.SINGLE_FLOW, 512, 1), trace(TraceKind.ZIPF, 512, 2))),
            List.of(new Dispatch.Memory(), new Dispatch.Busy(200)),
            ThroughputPlan.Effort.QUICK,
            1);
    int[] steps = new int[1];
    ThroughputFindings found = new ThroughputBenchmark(plan).run(step -> steps[0] = step);
    assertEquals(plan.steps(), steps[0]);
    assertEquals(
        List.of(),
        found.remarks().stream().filter(remark -> !remark.contains("core_share")).toList());
    assertEquals(4, found.models().size());
    for (Point point : found.points()) {
      assertEquals(point.workers() <= cores, point.measured(), point.toString());
      assertTrue(point.packetsPerSecond() > 0 && point.nsPerPacket() > 0, point.toString());
      assertEquals(point.measured(), point.p50Ns() != null, point.toString());
    }
    for (Strategy strategy : Strategy.values()) {
      Set<Integer> numbers =
          found.points().stream()
              .filter(
                  p -> p.strategy() == strategy && p.setting().program() == PacketProgram.PORTKNOCK)
              .map(Point::workers)
              .collect(Collectors.toSet());
      Set<Integer> expected =
          switch (strategy) {
            case SCR, SHARDED, REBALANCED -> Set.copyOf(workers);
            case SEQUENTIAL -> Set.of(1);
            case SHARED_LOCK ->
                workers.stream().filter(w -> w <= cores).collect(Collectors.toSet());
            case SHARED_ATOMIC -> Set.of();
          };
      assertEquals(expected, numbers, strategy.strategyName());
    }
    assertEquals(Promise.UNAVAILABLE, Promise.of(PacketProgram.PORTKNOCK, Strategy.SHARED_ATOMIC));
    double predicted = found.models().getFirst().predicted(3);
    ThroughputFindings.Model model = found.models().getFirst();
    assertEquals(3e9 / (model.tNs() + 2 * model.c2Ns()), predicted, 1);
  }

  @Test
  void realPathBringsEveryFrameToItsWorker() throws Exception {
    assumeTrue(VethLoop.lacks().isEmpty(), () -> "virtual Ethernet: " + VethLoop.lacks());
    ProgramObject object = ProgramObject.of(PacketProgram.TOKENBUCKET);
    Trace trace = trace(TraceKind.ZIPF, 500, 1);
    Lane lane = new Workload(object, trace, trace.size()).sequenced(2).getFirst();
    try (WorkerLoop direct = worker(object, ProgramObject.SCR);
        WorkerLoop wired = worker(object, ProgramObject.SCR);
        VethLoop wire = VethLoop.create(lane.longest())) {
      wired.dispatch(0, wire);
      wired.run(lane, 1_000);
      direct.run(lane, 1_000);
      assertEquals(direct.state(), wired.state());
      assertEquals(1_000, wired.progress(HANDLED));
      assertEquals(0, wired.progress(MISSED));
    }
  }

  @Test
  void aTraceThatTheProgramIgnoresIsRefused() {
    Trace.Builder arp = new Trace.Builder();
    arp.add(0, Arrays.copyOf(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 6}, 60));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Workload(ProgramObject.of(PacketProgram.DDOS), arp.build(), 10));
    assertFalse(VethLoop.lacks().map(String::isEmpty).orElse(false));
  }
}
