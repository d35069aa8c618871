package dev.scr.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C during a long command: the work is told to end, and the process does not until the command
 * has written what it has.
 */
final class K2Interrupt implements BooleanSupplier, AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupted, "interrupted");
  private volatile boolean wanted;

  private K2Interrupt() {}

  static K2Interrupt listen() {
    K2Interrupt interrupt = new K2Interrupt();
    Runtime.getRuntime().addShutdownHook(interrupt.hook);
    return interrupt;
  }

  private void interrupted() {
    wanted = true;
    try {
      boolean _ = done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the user wants the work to end. */
  @Override
  public boolean getAsBoolean() {
    return wanted;
  }

  @Override
  public void close() {
    done.countDown();
    if (!wanted) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException _) {
        // The process is ending right now, and the hook with it.
      }
    }
  }
}
