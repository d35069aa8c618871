package dev.scr.hosts.worker;

import dev.scr.wire.HistoryView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One worker: takes frames from its own queue and handles them on its own replica. Nothing is
 * shared with other workers. {@link #offer} is for one producer; everything else happens in {@link
 * #call}.
 */
public final class Worker implements Callable<WorkerResult> {
  private static final int QUEUE_FRAMES = 4096;
  private static final int BATCH_FRAMES = 64;

  /** No frame is empty. */
  private static final byte[] END = new byte[0];

  private final int number;
  private final Supplier<Replica> replicas;
  private final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(QUEUE_FRAMES);
  private volatile boolean ended;

  /**
   * A worker that has not started.
   *
   * @param number from 0
   * @param replicas makes the replica, on the worker's thread
   */
  public Worker(int number, Supplier<Replica> replicas) {
    this.number = number;
    this.replicas = replicas;
  }

  /**
   * Hands over a frame, which the worker owns from now on; waits while the queue is full.
   *
   * @throws IllegalStateException if the worker has ended already, which only a fault in it can
   *     cause
   */
  public void offer(byte[] frame) {
    try {
      while (!queue.offer(frame, 100, TimeUnit.MILLISECONDS)) {
        if (ended) {
          throw new IllegalStateException("worker " + number + " has ended before its frames");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while worker " + number + " was busy", e);
    }
  }

  /** Says that there are no more frames. */
  public void finish() {
    offer(END);
  }

  @Override
  public WorkerResult call() throws InterruptedException {
    try (Replica replica = replicas.get()) {
      WorkerLog log = new WorkerLog();
      handleAll(replica, log);
      return new WorkerResult(number, replica.progress(), log, replica.state());
    } finally {
      ended = true;
    }
  }

  private void handleAll(Replica replica, WorkerLog log) throws InterruptedException {
    HistoryView view = new HistoryView();
    List<byte[]> batch = new ArrayList<>(BATCH_FRAMES);
    long missed = 0;
    long unhandled = 0;
    while (true) {
      batch.add(queue.take());
      queue.drainTo(batch, BATCH_FRAMES - 1);
      for (byte[] frame : batch) {
        if (frame.length == 0) {
          return;
        }
        int returned = replica.handle(frame, frame.length);
        if (replica.unhandled() == unhandled) {
          long before = missed;
          missed = replica.missed();
          log.append(view.wrap(frame, frame.length).sequence(), returned, (int) (missed - before));
        }
        unhandled = replica.unhandled();
      }
      batch.clear();
    }
  }
}
