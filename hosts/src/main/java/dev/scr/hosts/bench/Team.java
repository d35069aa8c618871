package dev.scr.hosts.bench;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.run.Crew;
import dev.scr.hosts.strategy.KeyLocks;
import dev.scr.hosts.strategy.Promise;
import dev.scr.hosts.strategy.SharedState;
import dev.scr.hosts.strategy.Strategy;
import dev.scr.linux.machine.Cpus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One program on all cores: a pinned thread for each, with a worker for each way to keep state.
 * Made and used by one thread, which gives the orders.
 */
final class Team implements Sampling, AutoCloseable {
  private static final long LONGEST_LATENCY_NS = 10_000_000_000L;
  private static final int XDP_PASS = 2;
  private static final int LATENCY_TRIALS = 3;
  private static final int ALONE_PASSES = 50;

  private final List<Integer> cpus;
  private final Crew crew;
  private final WorkerLoop[] replicas;
  private final WorkerLoop[] alone;
  private final WorkerLoop[] locked;
  private final WorkerLoop[] atomic;
  private final WorkerLoop[] nothing = new WorkerLoop[1];
  private final @Nullable VethLoop[] wires;
  private final SharedState lockedState;
  private final SharedState atomicState;
  private final Yardstick[] yardsticks;
  private final CoreShares shares;

  /** A program on all processors of a list, the first of which the first workers use. */
  Team(ProgramObject object, PhysicalCores machine) throws InterruptedException {
    this.cpus = machine.cpus();
    int cores = cpus.size();
    crew = new Crew(cores);
    replicas = new WorkerLoop[cores];
    alone = new WorkerLoop[cores];
    locked = new WorkerLoop[cores];
    boolean atomics = Promise.of(object.program(), Strategy.SHARED_ATOMIC) != Promise.UNAVAILABLE;
    atomic = new WorkerLoop[atomics ? cores : 0];
    wires = new VethLoop[cores];
    lockedState = new SharedState(object, Engine.JVM);
    atomicState = new SharedState(object, Engine.JVM);
    KeyLocks locks = new KeyLocks();
    yardsticks = new Yardstick[cores];
    shares = new CoreShares(cores);
    // Each thread makes its own, so that what it uses lies apart from what others use.
    crew.all(worker -> {
      Cpus.pin(cpus.get(worker));
      yardsticks[worker] = new Yardstick();
      WorkerLoop.Instances owned = clock -> object.instance(Engine.JVM, clock);
      replicas[worker] = WorkerLoop.of(owned, ProgramObject.SCR, null);
      alone[worker] = WorkerLoop.of(owned, ProgramObject.SEQUENTIAL, null);
      locked[worker] = WorkerLoop.of(lockedState::instance, ProgramObject.SEQUENTIAL, locks);
      if (atomics) {
        atomic[worker] = WorkerLoop.of(atomicState::instance, SharedState.SHARED_ATOMIC, null);
      }
      if (worker == 0) {
        nothing[0] = nothing();
      }
    });
    measureCoresAlone();
  }

  private void measureCoresAlone() throws InterruptedException {
    for (int pass = 0; pass < ALONE_PASSES; pass++) {
      for (int core = 0; core < cores(); core++) {
        double[] ns = new double[cores()];
        crew.these(List.of(core), worker -> ns[worker] = yardsticks[worker].ns());
        shares.saw(ns);
      }
    }
  }

  private static WorkerLoop nothing() {
    List<Instruction> code =
        List.of(
            new Instruction.Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(XDP_PASS)),
            new Instruction.Exit());
    ProgramSpec spec = ProgramSpec.of("nothing", ProgramType.XDP, code, List.of());
    BpfInstance instance = BpfInstance.builder(List.of()).engine(Engine.JVM).build();
    return WorkerLoop.of(instance, instance.xdp(spec));
  }

  /** Number of cores. */
  int cores() {
    return cpus.size();
  }

  /** The workers under a strategy, one for each core; none where it is not available. */
  List<WorkerLoop> workers(Strategy strategy) {
    return Arrays.asList(
        switch (strategy) {
          case SCR -> replicas;
          case SEQUENTIAL, SHARDED, REBALANCED -> alone;
          case SHARED_LOCK -> locked;
          case SHARED_ATOMIC -> atomic;
        });
  }

  /** A worker whose program does nothing: what it costs to get a packet to a program. */
  List<WorkerLoop> idle() {
    return Arrays.asList(nothing);
  }

  private Stream<WorkerLoop> all() {
    return Stream.of(replicas, alone, locked, atomic, nothing).flatMap(Arrays::stream);
  }

  /** Everything starts from an empty state. */
  void forget() {
    Stream.of(replicas, alone, locked, atomic).flatMap(Arrays::stream).forEach(WorkerLoop::forget);
    all().forEach(WorkerLoop::rewind);
  }

  /**
   * Puts a way to get at packets in front of all workers.
   *
   * @throws IOException if the machine cannot
   */
  void dispatch(Dispatch dispatch, int longest) throws InterruptedException, IOException {
    removeWires();
    switch (dispatch) {
      case Dispatch.Memory _ -> {}
      case Dispatch.Busy(int ns) -> {
        int[] steps = new int[1];
        crew.some(1, _ -> steps[0] = BusyTime.stepsFor(ns));
        all().forEach(worker -> worker.dispatch(steps[0], null));
      }
      case Dispatch.Loopback _ -> {
        for (int core = 0; core < cores(); core++) {
          VethLoop wire = VethLoop.create(longest);
          wires[core] = wire;
          for (WorkerLoop[] kind : List.of(replicas, alone, locked, atomic, nothing)) {
            if (core < kind.length) {
              kind[core].dispatch(0, wire);
            }
          }
        }
      }
    }
  }

  /** Packets lie in memory; needs nothing of the machine. */
  void fromMemory() {
    removeWires();
  }

  private void removeWires() {
    all().forEach(worker -> worker.dispatch(0, null));
    for (int core = 0; core < wires.length; core++) {
      VethLoop wire = wires[core];
      if (wire != null) {
        wire.close();
        wires[core] = null;
      }
    }
  }

  /**
   * Nanoseconds for each packet of the workers at their lanes.
   *
   * @param processor of processor time; 0 for who has nothing to do
   * @param wall on the wall
   * @param yardstick the longer one of what a {@link Yardstick} took right before and right after;
   *     0 for who has nothing to do
   */
  @SuppressWarnings("ArrayRecordComponent") // Made once and read by who asked.
  record Sample(double[] processor, double[] wall, double[] yardstick) {}

  /** How much of their cores the workers had in a sample, the mean; 1 is all. */
  double share(Sample sample) {
    return shares.share(sample.yardstick);
  }

  @Override
  public boolean disturbed(Sample sample) {
    return shares.disturbed(sample.yardstick);
  }

  private void yardstick(int worker, double[] longest) {
    longest[worker] = Math.max(longest[worker], yardsticks[worker].ns());
  }

  @Override
  public Sample saturate(List<WorkerLoop> workers, List<Lane> lanes, int packets)
      throws InterruptedException {
    int active = (int) lanes.stream().filter(lane -> lane.size() > 0).count();
    int all = lanes.size();
    Sample sample = new Sample(new double[all], new double[all], new double[all]);
    AtomicInteger ready = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    crew.some(
        lanes.size(),
        worker -> {
          Lane lane = lanes.get(worker);
          if (lane.size() == 0) {
            return;
          }
          WorkerLoop loop = workers.get(worker);
          loop.run(lane, Math.min(packets, lane.size()));
          meet(ready, active);
          yardstick(worker, sample.yardstick);
          long before = System.nanoTime();
          sample.processor[worker] = (double) loop.run(lane, packets) / packets;
          sample.wall[worker] = (double) (System.nanoTime() - before) / packets;
          yardstick(worker, sample.yardstick);
          done.incrementAndGet();
          while (done.get() < active) {
            loop.run(lane, WorkerLoop.BATCH);
          }
        });
    shares.saw(sample.yardstick);
    return sample;
  }

  /**
   * What a rate of all workers together led to.
   *
   * @param disturbed whether something else had a part of a worker's core
   */
  record Trial(long offered, long lost, boolean disturbed) {}

  @Override
  public Trial offer(
      List<WorkerLoop> workers, List<Lane> lanes, double packetsPerSecond, int milliseconds)
      throws InterruptedException {
    return offer(workers, lanes, packetsPerSecond, milliseconds, Cpus::threadTimeNs, 8, null);
  }

  /**
   * Time from arrival to verdict at a rate of all of them together, on the wall. Measured again a
   * few times if something else had a part of a core.
   */
  Histogram latencies(
      List<WorkerLoop> workers, List<Lane> lanes, double packetsPerSecond, int milliseconds)
      throws InterruptedException {
    Histogram all = new Histogram(LONGEST_LATENCY_NS, 3);
    for (int left = LATENCY_TRIALS; left > 0; left--) {
      all.reset();
      Trial trial = offer(workers, lanes, packetsPerSecond, milliseconds, System::nanoTime, 1, all);
      if (!trial.disturbed()) {
        break;
      }
    }
    return all;
  }

  private Trial offer(
      List<WorkerLoop> workers,
      List<Lane> lanes,
      double packetsPerSecond,
      int milliseconds,
      LongSupplier clockNs,
      int batches,
      @Nullable Histogram latencies)
      throws InterruptedException {
    int active = (int) lanes.stream().filter(lane -> lane.size() > 0).count();
    AtomicInteger ready = new AtomicInteger();
    double[] yardstick = new double[lanes.size()];
    AtomicReference<WorkerLoop.Offered> sum = new AtomicReference<>(new WorkerLoop.Offered(0, 0));
    crew.some(
        lanes.size(),
        worker -> {
          Lane lane = lanes.get(worker);
          if (lane.size() == 0) {
            return;
          }
          Histogram own = latencies == null ? null : new Histogram(LONGEST_LATENCY_NS, 3);
          meet(ready, active);
          yardstick(worker, yardstick);
          WorkerLoop.Offered offered =
              workers
                  .get(worker)
                  .offer(
                      lane,
                      packetsPerSecond * lane.share() / 1e9,
                      milliseconds * 1_000_000L,
                      clockNs,
                      batches,
                      own);
          yardstick(worker, yardstick);
          sum.accumulateAndGet(
              offered,
              (a, b) -> new WorkerLoop.Offered(a.offered() + b.offered(), a.lost() + b.lost()));
          if (latencies != null && own != null) {
            synchronized (latencies) {
              latencies.add(own);
            }
          }
        });
    return new Trial(sum.get().offered(), sum.get().lost(), shares.disturbed(yardstick));
  }

  private static void meet(AtomicInteger ready, int active) {
    ready.incrementAndGet();
    while (ready.get() < active) {
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    removeWires();
    crew.close();
    List<WorkerLoop> open = new ArrayList<>(all().toList());
    open.forEach(WorkerLoop::close);
    lockedState.close();
    atomicState.close();
  }
}
