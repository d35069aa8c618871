package dev.scr.hosts.strategy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Spin locks, chosen by the hash of a packet's key, so that packets with the same key exclude each
 * other and others rarely do. Each lock has a cache line pair of its own. Allocates nothing when
 * used.
 */
public final class KeyLocks {
  private static final int COUNT = 1 << 10;
  private static final int STRIDE = 32; // ints: two cache lines, as the processor fetches them
  private static final int PATIENCE = 1 << 12;
  private static final long PAUSE_NS = 1_000;
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

  private final int[] words = new int[(COUNT + 1) * STRIDE];

  /** Takes the lock of a hash; whoever has it too waits. */
  public void lock(int hash) {
    int at = place(hash);
    int tries = 0;
    while ((int) WORD.getOpaque(words, at) != 0 || !WORD.compareAndSet(words, at, 0, 1)) {
      if (++tries % PATIENCE == 0) {
        LockSupport.parkNanos(PAUSE_NS); // the holder may wait for this very core
      } else {
        Thread.onSpinWait();
      }
    }
  }

  /** Gives the lock of a hash back. */
  public void unlock(int hash) {
    WORD.setRelease(words, place(hash), 0);
  }

  /** The first stride keeps the array's header away. */
  private static int place(int hash) {
    return ((hash & (COUNT - 1)) + 1) * STRIDE;
  }
}
