package dev.scr.hosts.worker;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One worker: takes frames from its own queue and handles them on its own replica. Nothing is
 * shared with other workers, except while a loss is recovered. {@link #offer} is for one producer;
 * everything else happens in {@link #call}.
 */
public final class Worker implements Callable<WorkerResult> {
  private static final int QUEUE_FRAMES = 4096;

  /** No frame is empty. */
  private static final byte[] END = new byte[0];

  private final int number;
  private final Supplier<FrameHandler> handlers;
  private final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(QUEUE_FRAMES);
  private final CountDownLatch prepared = new CountDownLatch(1);
  private volatile boolean ended;

  /**
   * A worker that has not started.
   *
   * @param number from 0
   * @param replicas makes the replica, on the worker's thread
   */
  public Worker(int number, Supplier<Replica> replicas) {
    this(() -> new PlainHandler(replicas.get()), number);
  }

  /** The same, with whatever handles its frames. */
  Worker(Supplier<FrameHandler> handlers, int number) {
    this.number = number;
    this.handlers = handlers;
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
    try (FrameHandler handler = handlers.get()) {
      WorkerLog log = new WorkerLog();
      handler.prepare();
      prepared.countDown();
      handleAll(handler, log);
      return handler.finish(number, log);
    } finally {
      ended = true;
      prepared.countDown();
    }
  }

  /** Waits until the worker is ready for frames, or has ended. */
  void awaitPrepared() throws InterruptedException {
    prepared.await();
  }

  private void handleAll(FrameHandler handler, WorkerLog log) throws InterruptedException {
    Inbox inbox = new Inbox(queue);
    while (true) {
      byte[] frame = inbox.take(handler.idleNs());
      if (frame == null) {
        handler.idle();
      } else if (frame.length == 0) {
        return;
      } else {
        handler.handle(frame, inbox, log);
      }
    }
  }
}
