package dev.scr.controlplane.reconcile;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.controlplane.sequencer.DesiredState;
import dev.scr.controlplane.session.Primacy;
import dev.scr.controlplane.session.SessionOptions;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A reconciler on a thread of its own, and what it has told. */
final class RunningReconciler implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final List<ReconcileEvent> events = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean stop;

  RunningReconciler(
      SessionOptions options,
      ReconcileSettings settings,
      Supplier<DesiredState> wanted,
      long seed) {
    Reconciler reconciler =
        new Reconciler(options, settings, wanted, events::add, new SplittableRandom(seed));
    thread =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                reconciler.run(() -> stop);
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
  }

  List<ReconcileEvent> events() {
    return events;
  }

  /** Waits for an event after the first {@code from}; answers how many there are with it. */
  int await(int from, Predicate<ReconcileEvent> wanted) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (int next = from; System.nanoTime() < end; Thread.sleep(10)) {
      while (next < events.size()) {
        if (wanted.test(events.get(next++))) {
          return next;
        }
      }
    }
    throw new AssertionError("did not happen; happened: " + events);
  }

  int awaitInSync(int from) throws InterruptedException {
    return await(from, ReconcileEvent.InSync.class::isInstance);
  }

  int awaitPrimary(int from) throws InterruptedException {
    return await(from, event -> event instanceof ReconcileEvent.PrimacyChanged(Primacy.Primary _));
  }

  int awaitBackup(int from) throws InterruptedException {
    return await(from, event -> event instanceof ReconcileEvent.PrimacyChanged(Primacy.Backup _));
  }

  /** How often it has become primary. */
  long timesPrimary() {
    return events.stream()
        .filter(event -> event instanceof ReconcileEvent.PrimacyChanged(Primacy.Primary _))
        .count();
  }

  @Override
  public void close() {
    stop = true;
    try {
      assertTrue(thread.join(PATIENCE), "does not end");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
