package dev.scr.hosts.worker;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * N workers behind the ports of a sequencer. Frames are given by one thread, which is the {@link
 * FrameSink}; each worker runs on a thread of its own.
 */
public final class WorkerGroup implements FrameSink, AutoCloseable {
  private final ExecutorService threads;
  private final Map<Integer, Worker> byPort = new HashMap<>();
  private final List<Future<WorkerResult>> results = new ArrayList<>();
  private final Loss loss;
  private long received;
  private long lost;
  private long passed;

  /** Starts a worker for each port, all with an empty state. */
  public WorkerGroup(
      ProgramObject object, ReplicaEngine engine, Collection<WorkerPort> ports, Loss loss) {
    this.loss = loss;
    this.threads =
        Executors.newFixedThreadPool(
            Math.max(1, ports.size()),
            Thread.ofPlatform().daemon().name("scr-worker-", 0).factory());
    for (WorkerPort port : ports) {
      Worker worker = new Worker(port.worker(), () -> engine.replica(object));
      byPort.put(port.port(), worker);
      results.add(threads.submit(worker));
    }
  }

  /** Gives a frame to the worker at the port, unless it is lost; other ports are the way out. */
  @Override
  public void frame(int port, byte[] frame, int length) {
    Worker worker = byPort.get(port);
    if (worker == null) {
      passed++;
      return;
    }
    received++;
    if (loss.losesNext()) {
      lost++;
    } else {
      worker.offer(Arrays.copyOf(frame, length));
    }
  }

  /** Frames that came for workers, lost ones included. */
  public long received() {
    return received;
  }

  /** Frames that were lost on purpose. */
  public long lost() {
    return lost;
  }

  /** Frames that came on a port without a worker. */
  public long passed() {
    return passed;
  }

  /**
   * Waits until every worker has handled its last frame.
   *
   * @return the results in the order of the ports
   */
  public List<WorkerResult> finish() throws InterruptedException {
    byPort.values().forEach(Worker::finish);
    List<WorkerResult> all = new ArrayList<>();
    for (Future<WorkerResult> result : results) {
      try {
        all.add(result.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a worker failed: " + e.getCause(), e);
      }
    }
    return all;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
