package dev.scr.hosts.bench;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoveryCounts;
import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.run.Crew;
import dev.scr.hosts.worker.Pause;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.hosts.worker.WorkerResult;
import dev.scr.linux.machine.Cpus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The workers of one condition of {@link RecoveryBenchmark}, each on a thread of its own, pinned if
 * there are enough cores. Used by one thread.
 */
final class RecoveryArm implements AutoCloseable {
  private final Crew crew;
  private final RecoveryLane[] lanes;
  private final List<Double> wallNs = new ArrayList<>();
  private final List<Double> processorNs = new ArrayList<>();
  private long lost;

  /** What a worker did with a slice: when, on the clock, and for how long on its processor. */
  private record Run(long startNs, long endNs, long busyNs) {}

  private RecoveryArm(int workers, List<Integer> cpus, IntFunction<RecoveryLane> made)
      throws InterruptedException {
    crew = new Crew(workers);
    lanes = new RecoveryLane[workers];
    crew.all(worker -> {
      if (workers <= cpus.size()) {
        Cpus.pin(cpus.get(worker));
      }
      lanes[worker] = made.apply(worker);
    });
  }

  /** Workers that do not recover. */
  static RecoveryArm off(ProgramObject object, int workers, List<Integer> cpus)
      throws InterruptedException {
    return new RecoveryArm(
        workers, cpus, _ -> new RecoveryLane.Plain(ReplicaEngine.JVM.replica(object)));
  }

  /** Workers that recover from each other. */
  static RecoveryArm on(ProgramObject object, int workers, List<Integer> cpus, RecoveryGroup group)
      throws InterruptedException {
    for (int worker = 0; worker < workers; worker++) {
      group.found(worker);
    }
    boolean alone = workers <= cpus.size();
    return new RecoveryArm(
        workers,
        cpus,
        worker ->
            new RecoveryLane.Recovering(
                object, group, worker, alone ? Pause.onOwnCore() : Pause.onSharedCore()));
  }

  /**
   * Runs a slice; its times are per packet sent, lost ones included.
   *
   * @param frames that each worker receives
   * @param packets that were sent
   * @param counts whether the slice is more than warm-up
   */
  void run(List<byte[][]> frames, int packets, boolean counts) throws InterruptedException {
    AtomicInteger ready = new AtomicInteger();
    @Nullable Run[] runs = new Run[lanes.length];
    crew.all(worker -> {
      meet(ready);
      long busy = Cpus.threadTimeNs();
      long start = System.nanoTime();
      lanes[worker].run(frames.get(worker));
      runs[worker] = new Run(start, System.nanoTime(), Cpus.threadTimeNs() - busy);
    });
    if (counts) {
      List<Run> all = Stream.of(runs).map(Objects::requireNonNull).toList();
      long start = all.stream().mapToLong(Run::startNs).min().orElseThrow();
      long end = all.stream().mapToLong(Run::endNs).max().orElseThrow();
      wallNs.add((end - start) / (double) packets);
      processorNs.add(all.stream().mapToLong(Run::busyNs).sum() / (double) packets);
    }
  }

  /**
   * All start at once: what one does alone, before another has woken up, is not the matter here.
   */
  @SuppressWarnings("ThreadPriorityCheck") // threads may outnumber cores
  private void meet(AtomicInteger ready) {
    ready.incrementAndGet();
    for (int spins = 0; ready.get() < lanes.length; spins++) {
      if (spins < 1_000) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  /** Counts a frame that did not reach its worker. */
  void countLost() {
    lost++;
  }

  RecoveryFindings.Series series() {
    return new RecoveryFindings.Series(wallNs, processorNs);
  }

  List<WorkerResult> results() throws InterruptedException {
    WorkerResult[] results = new WorkerResult[lanes.length];
    crew.all(worker -> results[worker] = lanes[worker].result(worker));
    return Arrays.asList(results);
  }

  /** What came of a rate of loss. */
  RecoveryFindings.Lossy findings(double loss, boolean equal) throws InterruptedException {
    List<RecoveryCounts> counts = results().stream().map(WorkerResult::recovery).toList();
    return new RecoveryFindings.Lossy(
        loss,
        series(),
        lost,
        counts.stream().mapToLong(RecoveryCounts::recovered).sum(),
        counts.stream().flatMap(count -> count.leftOut().stream()).distinct().count(),
        counts.stream().mapToLong(RecoveryCounts::joins).sum(),
        Stream.of(lanes).mapToLong(lane -> lane.waits).sum(),
        Stream.of(lanes).mapToLong(lane -> lane.pauses).sum(),
        Stream.of(lanes).mapToLong(lane -> lane.ahead).sum(),
        equal);
  }

  @Override
  public void close() {
    try {
      crew.all(worker -> {
        if (lanes[worker] != null) {
          lanes[worker].close();
        }
      });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    crew.close();
  }
}
