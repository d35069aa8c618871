package dev.scr.hosts.worker;

import java.util.concurrent.locks.LockSupport;

/**
 * How a worker waits for a peer: it spins at first, because a peer that has a core to itself is a
 * few frames behind; then it offers its core, in case the peer has none; and at last it sleeps for
 * moments. Confined to one thread.
 */
public final class Pause {
  /**
   * Spins between two looks at the peers: each look takes from a peer the cache line that it writes
   * with every frame.
   */
  private static final int SPINS_AT_ONCE = 32;

  /** Tens of microseconds: less than a sleep takes, however short. */
  private static final int SPINS_ON_OWN_CORE = 75;

  private static final int SPINS_ON_SHARED_CORE = 8;

  private static final int YIELDS = 50;
  private static final long NAP_NS = 20_000;

  private final int spins;
  private int paused;

  private Pause(int spins) {
    this.spins = spins;
  }

  /** Where each worker has a core to itself. */
  public static Pause onOwnCore() {
    return new Pause(SPINS_ON_OWN_CORE);
  }

  /** Where a peer may need this core in order to get on. */
  public static Pause onSharedCore() {
    return new Pause(SPINS_ON_SHARED_CORE);
  }

  /** There is no need to wait any more: the next time, it starts anew. */
  public void end() {
    paused = 0;
  }

  /** A moment. Returns early if the thread is interrupted. */
  @SuppressWarnings("ThreadPriorityCheck") // where threads outnumber cores, the peer needs this one
  public void once() {
    if (paused < spins) {
      for (int spin = 0; spin < SPINS_AT_ONCE; spin++) {
        Thread.onSpinWait();
      }
    } else if (paused < spins + YIELDS) {
      Thread.yield();
    } else {
      LockSupport.parkNanos(NAP_NS);
      return;
    }
    paused++;
  }
}
