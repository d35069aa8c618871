package dev.scr.hosts.bench;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.recovery.RecoverySettings;
import dev.scr.hosts.run.ReplicationCheck;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.hosts.worker.RecoveringReplica;
import dev.scr.hosts.worker.RecoveringReplica.Step;
import dev.scr.hosts.worker.Replica;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.hosts.worker.WorkerLog;
import dev.scr.hosts.worker.WorkerResult;
import dev.scr.linux.machine.Cpus;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.HistoryView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Throughput with and without loss recovery, in memory: workers on threads of their own handle
 * frames that were sequenced before. One long trace is cut into slices, and each slice runs without
 * recovery, with it, and with it and losses, in an order that turns; so that all three see the same
 * packets, the same warm code and much the same noise. Only ratios within a slice are compared.
 */
public final class RecoveryBenchmark {
  private static final int WARM_UP_SLICES = 10;
  private static final int SPINS = 50;
  private static final long NAP_NS = 20_000;

  private final RecoveryPlan plan;
  private final ProgramObject object;
  private final Trace trace;
  private final byte[][][] frames;
  private final byte[][][] received;
  private final int slices;
  private long lost;

  /** What one worker of one condition does with a slice. */
  private interface Lane extends AutoCloseable {
    void run(int slice);

    /** The slice, and the processor time that it took this thread. */
    default long timed(int slice) {
      long start = Cpus.threadTimeNs();
      run(slice);
      return Cpus.threadTimeNs() - start;
    }

    WorkerResult result(int worker);

    @Override
    void close();
  }

  /** Makes the trace, sequences it, and draws what is lost. */
  public RecoveryBenchmark(RecoveryPlan plan) {
    this.plan = plan;
    this.object = ProgramObject.of(plan.program());
    this.slices = plan.slices() + WARM_UP_SLICES;
    this.trace =
        TraceGenerator.generate(
            new TraceSpec(TraceKind.ZIPF, slices * plan.packets(), plan.flows(), 64, plan.seed()));
    this.frames = sequence();
    this.received = new byte[plan.workers()][][];
    SplittableRandom random = new SplittableRandom(plan.seed());
    for (int worker = 0; worker < plan.workers(); worker++) {
      received[worker] = afterLoss(worker, random);
    }
  }

  /** Frames by worker, in order; every packet is one that the program looks at. */
  private byte[][][] sequence() {
    List<List<byte[]>> byWorker =
        IntStream.range(0, plan.workers()).<List<byte[]>>mapToObj(_ -> new ArrayList<>()).toList();
    try (MetadataExtraction extraction =
        new MetadataExtraction(object, ReplicaEngine.JVM.machine())) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(plan.program()), extraction);
      sequencer.ports(IntStream.range(0, plan.workers()).mapToObj(WorkerPort::defaultOf).toList());
      sequencer.configure(
          SequencerSettings.first(SequencerSettings.depthFor(plan.workers()), plan.workers()));
      byte[] packet = new byte[trace.maxLength()];
      for (int i = 0; i < trace.size(); i++) {
        Outcome outcome =
            sequencer.process(
                packet,
                trace.copyTo(i, packet),
                trace.timestampNs(i),
                (port, frame, length) ->
                    byWorker.get(port - WorkerPort.FIRST_PORT).add(Arrays.copyOf(frame, length)));
        if (outcome != Outcome.SEQUENCED) {
          throw new IllegalStateException("packet " + i + ": expected SEQUENCED, found " + outcome);
        }
      }
    }
    return byWorker.stream().map(list -> list.toArray(byte[][]::new)).toArray(byte[][][]::new);
  }

  /** Nothing at the end of a slice is lost, so that nobody waits for the next one. */
  private byte[][] afterLoss(int worker, SplittableRandom random) {
    int safe = 4 * plan.workers();
    List<byte[]> kept = new ArrayList<>();
    HistoryView view = new HistoryView();
    for (byte[] frame : frames[worker]) {
      int place = (view.wrap(frame, frame.length).sequence() - 1) % plan.packets();
      if (place < plan.packets() - safe && random.nextDouble() < plan.loss()) {
        lost++;
      } else {
        kept.add(frame);
      }
    }
    return kept.toArray(byte[][]::new);
  }

  /** For each slice, how many of a worker's frames are in it or in an earlier one. */
  private int[] ends(byte[][] own) {
    int[] ends = new int[slices];
    HistoryView view = new HistoryView();
    for (byte[] frame : own) {
      ends[(view.wrap(frame, frame.length).sequence() - 1) / plan.packets()]++;
    }
    for (int slice = 1; slice < slices; slice++) {
      ends[slice] += ends[slice - 1];
    }
    return ends;
  }

  /**
   * Measures.
   *
   * @param progress is told the number of each slice that is done
   */
  public RecoveryFindings run(IntConsumer progress) throws InterruptedException {
    try (Arm off = new Arm((_, worker) -> new Plain(frames[worker]));
        Arm on = new Arm((group, worker) -> new Recovering(group, worker, frames[worker]));
        Arm lossy = new Arm((group, worker) -> new Recovering(group, worker, received[worker]))) {
      List<Arm> arms = List.of(off, on, lossy);
      for (int slice = 0; slice < slices; slice++) {
        for (int turn = 0; turn < arms.size(); turn++) {
          arms.get((slice + turn) % arms.size()).run(slice);
        }
        progress.accept(slice);
      }
      List<WorkerResult> results = lossy.results();
      return new RecoveryFindings(
          plan,
          off.series(),
          on.series(),
          lossy.series(),
          lost,
          results.stream().mapToLong(worker -> worker.recovery().recovered()).sum(),
          results.stream()
              .flatMap(worker -> worker.recovery().leftOut().stream())
              .distinct()
              .count(),
          results.stream().mapToLong(worker -> worker.recovery().joins()).sum(),
          equal(off.results()) && equal(on.results()) && equal(results));
    }
  }

  private boolean equal(List<WorkerResult> workers) {
    List<Outcome> outcomes = Collections.nCopies(trace.size(), Outcome.SEQUENCED);
    return new ReplicationCheck(trace, outcomes, 0, workers)
        .run(object, ReplicaEngine.JVM.machine())
        .equal();
  }

  /**
   * The workers of one condition, each on a thread of its own, pinned if there are enough cores.
   */
  private final class Arm implements AutoCloseable {
    private final List<Lane> lanes = new ArrayList<>();
    private final List<ExecutorService> threads = new ArrayList<>();
    private final List<Double> wallNs = new ArrayList<>();
    private final List<Double> processorNs = new ArrayList<>();

    Arm(BiFunction<RecoveryGroup, Integer, Lane> laneOf) throws InterruptedException {
      RecoveryGroup group =
          new RecoveryGroup(
              plan.workers(),
              plan.program().slotBytes(),
              0,
              RecoverySettings.DEFAULT,
              System::nanoTime);
      List<Integer> cpus = Cpus.usable();
      for (int worker = 0; worker < plan.workers(); worker++) {
        int place = worker;
        group.found(place);
        ExecutorService thread =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
        threads.add(thread);
        lanes.add(
            get(
                thread.submit(() -> {
                  if (plan.workers() <= cpus.size()) {
                    Cpus.pin(cpus.get(place));
                  }
                  return laneOf.apply(group, place);
                })));
      }
    }

    /** Runs a slice; its times are per packet sent, lost ones included. */
    void run(int slice) throws InterruptedException {
      List<Future<Long>> running = new ArrayList<>();
      long start = System.nanoTime();
      for (int worker = 0; worker < lanes.size(); worker++) {
        Lane lane = lanes.get(worker);
        running.add(threads.get(worker).submit(() -> lane.timed(slice)));
      }
      long busyNs = 0;
      for (Future<Long> future : running) {
        busyNs += get(future);
      }
      if (slice >= WARM_UP_SLICES) {
        wallNs.add((System.nanoTime() - start) / (double) plan.packets());
        processorNs.add(busyNs / (double) plan.packets());
      }
    }

    RecoveryFindings.Series series() {
      return new RecoveryFindings.Series(wallNs, processorNs);
    }

    List<WorkerResult> results() throws InterruptedException {
      List<WorkerResult> results = new ArrayList<>();
      for (int worker = 0; worker < lanes.size(); worker++) {
        int place = worker;
        results.add(get(threads.get(worker).submit(() -> lanes.get(place).result(place))));
      }
      return results;
    }

    @Override
    public void close() {
      for (int worker = 0; worker < lanes.size(); worker++) {
        threads.get(worker).execute(lanes.get(worker)::close);
      }
      threads.forEach(ExecutorService::shutdown);
    }
  }

  /** A worker without recovery. */
  private final class Plain implements Lane {
    private final byte[][] own;
    private final int[] ends;
    private final Replica replica = ReplicaEngine.JVM.replica(object);

    Plain(byte[][] own) {
      this.own = own;
      this.ends = ends(own);
    }

    @Override
    public void run(int slice) {
      for (int frame = slice == 0 ? 0 : ends[slice - 1]; frame < ends[slice]; frame++) {
        replica.handle(own[frame], own[frame].length);
      }
    }

    @Override
    public WorkerResult result(int worker) {
      return new WorkerResult(worker, replica.progress(), new WorkerLog(), replica.state());
    }

    @Override
    public void close() {
      replica.close();
    }
  }

  /** A worker with recovery. */
  private final class Recovering implements Lane {
    private final byte[][] own;
    private final int[] ends;
    private final RecoveringReplica replica;

    Recovering(RecoveryGroup group, int worker, byte[][] own) {
      this.own = own;
      this.ends = ends(own);
      this.replica = new RecoveringReplica(object, ReplicaEngine.JVM, group, worker);
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // where threads outnumber cores
    public void run(int slice) {
      for (int frame = slice == 0 ? 0 : ends[slice - 1]; frame < ends[slice]; frame++) {
        replica.begin(own[frame], own[frame].length);
        for (int waited = 0; replica.advance() == Step.WAITING; waited++) {
          if (waited < SPINS) {
            Thread.onSpinWait();
          } else if (waited < 2 * SPINS) {
            Thread.yield();
          } else {
            LockSupport.parkNanos(NAP_NS);
          }
        }
      }
    }

    @Override
    public WorkerResult result(int worker) {
      return new WorkerResult(
          worker,
          replica.replica().progress(),
          new WorkerLog(),
          replica.replica().state(),
          replica.counts());
    }

    @Override
    public void close() {
      replica.close();
    }
  }

  private static <T> T get(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a worker failed: " + e.getCause(), e);
    }
  }
}
