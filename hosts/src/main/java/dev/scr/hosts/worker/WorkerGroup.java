package dev.scr.hosts.worker;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.recovery.RecoverySettings;
import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * N workers behind the ports of a sequencer. Frames are given by one thread, which is the {@link
 * FrameSink} and also the one that adds and removes workers; each worker runs on a thread of its
 * own.
 */
public final class WorkerGroup implements FrameSink, AutoCloseable {
  private final ProgramObject object;
  private final ReplicaEngine engine;
  private final Faults faults;
  private final FaultyLink link;
  private final @Nullable RecoveryGroup recovery;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("scr-worker-", 0).factory());
  private final Map<Integer, Started> byPort = new HashMap<>();
  private final List<Started> started = new ArrayList<>();
  private long received;
  private long passed;

  /** A worker that has started. */
  private record Started(
      WorkerPort port, Worker worker, Future<WorkerResult> result, AtomicBoolean retired) {}

  /** Starts a worker for each port, all with an empty state, without recovery of losses. */
  public WorkerGroup(
      ProgramObject object, ReplicaEngine engine, Collection<WorkerPort> ports, Loss loss) {
    this(object, engine, ports, Faults.of(loss), (RecoveryGroup) null);
  }

  /** Starts a worker for each port, all with an empty state, without recovery of losses. */
  public WorkerGroup(
      ProgramObject object, ReplicaEngine engine, Collection<WorkerPort> ports, Faults faults) {
    this(object, engine, ports, faults, (RecoveryGroup) null);
  }

  /**
   * Starts a worker for each port, all with an empty state, which recover losses from each other.
   *
   * @param places the most workers that there will ever be, numbered from 0
   * @throws IllegalArgumentException if a worker cannot copy another's state, because of the kind
   *     of the program's maps
   */
  public WorkerGroup(
      ProgramObject object,
      ReplicaEngine engine,
      Collection<WorkerPort> ports,
      Faults faults,
      RecoverySettings recovery,
      int places) {
    this(
        object,
        engine,
        ports,
        faults,
        new RecoveryGroup(places, object.program().slotBytes(), 0, recovery, System::nanoTime));
  }

  private WorkerGroup(
      ProgramObject object,
      ReplicaEngine engine,
      Collection<WorkerPort> ports,
      Faults faults,
      @Nullable RecoveryGroup recovery) {
    this.object = object;
    this.engine = engine;
    this.faults = faults;
    this.link = new FaultyLink(faults, this::deliver);
    this.recovery = recovery;
    if (recovery != null) {
      StateMap.requireCopyable(object);
      ports.forEach(port -> recovery.found(port.worker()));
    }
    ports.forEach(this::start);
  }

  /**
   * Adds a worker while traffic flows, and waits until it has copied a replica's state. From there
   * it follows by the others' logs when its first frame comes. To be called before the sequencer
   * sends to it.
   *
   * @throws IllegalStateException if workers do not recover, or there is one at the port
   */
  public void add(WorkerPort port) throws InterruptedException {
    RecoveryGroup group = elastic();
    if (byPort.containsKey(port.port())) {
      throw new IllegalStateException("there is a worker at port " + port.port());
    }
    for (Started earlier : started) {
      if (earlier.port().worker() == port.worker()) {
        earlier.retired().set(true); // the place is wanted
        result(earlier);
      }
    }
    group.arrive(port.worker());
    start(port).worker().awaitPrepared();
  }

  /**
   * Removes a worker while traffic flows: it handles the frames that it has, and its state stays
   * there for others. The sequencer must have stopped sending to it.
   */
  public void remove(WorkerPort port) {
    elastic();
    Started removed =
        Objects.requireNonNull(byPort.remove(port.port()), () -> "no worker at " + port);
    link.flush();
    removed.worker().finish();
  }

  private RecoveryGroup elastic() {
    if (recovery == null) {
      throw new IllegalStateException("workers come and go only with recovery");
    }
    return recovery;
  }

  private Started start(WorkerPort port) {
    AtomicBoolean retired = new AtomicBoolean();
    Worker worker = new Worker(handlers(port.worker(), retired), port.worker());
    Started all = new Started(port, worker, threads.submit(worker), retired);
    byPort.put(port.port(), all);
    started.add(all);
    return all;
  }

  private Supplier<FrameHandler> handlers(int worker, AtomicBoolean retired) {
    RecoveryGroup group = recovery;
    return group == null
        ? () -> new PlainHandler(engine.replica(object))
        : () ->
            new RecoveringHandler(
                member(group, worker),
                Pause.onSharedCore(),
                group,
                worker,
                faults.crashes(worker),
                retired::get);
  }

  private RecoveringReplica member(RecoveryGroup group, int worker) {
    try {
      return new RecoveringReplica(object, engine, group, worker);
    } catch (RuntimeException e) {
      group.leave(worker); // or the others would wait for it
      throw e;
    }
  }

  /** Gives a frame to the worker at the port, unless it is lost; other ports are the way out. */
  @Override
  public void frame(int port, byte[] frame, int length) {
    if (byPort.containsKey(port)) {
      received++;
      link.frame(port, frame, length);
    } else {
      passed++;
    }
  }

  private void deliver(int port, byte[] frame, int length) {
    Started worker = byPort.get(port);
    if (worker != null) {
      worker.worker().offer(Arrays.copyOf(frame, length));
    }
  }

  /** Frames that came for workers, lost ones included. */
  public long received() {
    return received;
  }

  /** Frames that were lost on purpose. */
  public long lost() {
    return link.lost();
  }

  /** Frames that came on a port without a worker. */
  public long passed() {
    return passed;
  }

  /**
   * Waits until every worker has handled its last frame.
   *
   * @return the results in the order in which the workers started
   */
  public List<WorkerResult> finish() throws InterruptedException {
    link.flush();
    byPort.values().forEach(worker -> worker.worker().finish());
    List<WorkerResult> all = new ArrayList<>();
    for (Started worker : started) {
      all.add(result(worker));
    }
    return all;
  }

  private static WorkerResult result(Started worker) throws InterruptedException {
    try {
      return worker.result().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a worker failed: " + e.getCause(), e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
