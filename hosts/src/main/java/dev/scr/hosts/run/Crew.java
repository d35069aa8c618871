package dev.scr.hosts.run;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** A platform thread for each worker, the same one for every task of that worker. */
public final class Crew implements AutoCloseable {
  private final List<ExecutorService> threads = new ArrayList<>();

  /** Threads for a number of workers. */
  public Crew(int workers) {
    for (int worker = 0; worker < workers; worker++) {
      threads.add(
          Executors.newSingleThreadExecutor(
              Thread.ofPlatform().daemon().name("scr-worker-" + worker).factory()));
    }
  }

  /** Number of workers. */
  public int workers() {
    return threads.size();
  }

  /** Gives every worker its number and a task, and waits until all have ended. */
  public void all(IntConsumer task) throws InterruptedException {
    some(threads.size(), task);
  }

  /** Gives the first workers a task, and waits until all have ended. */
  public void some(int workers, IntConsumer task) throws InterruptedException {
    these(IntStream.range(0, workers).boxed().toList(), task);
  }

  /** Gives these workers a task, and waits until all have ended. */
  public void these(Collection<Integer> workers, IntConsumer task) throws InterruptedException {
    List<Future<?>> running = new ArrayList<>();
    for (int worker : workers) {
      running.add(threads.get(worker).submit(() -> task.accept(worker)));
    }
    ExecutionException failure = null;
    for (Future<?> one : running) {
      try {
        one.get();
      } catch (ExecutionException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw new IllegalStateException("a worker failed: " + failure.getCause(), failure);
    }
  }

  @Override
  public void close() {
    threads.forEach(ExecutorService::shutdownNow);
  }
}
