package dev.scr.hosts.worker;

import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.worker.RecoveringReplica.Step;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A replica that recovers losses, and waits where it has to. */
final class RecoveringHandler implements FrameHandler {
  private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long NAP_NS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final int SPINS = 200;
  private static final int YIELDS = 50;

  private final RecoveringReplica replica;
  private final RecoveryGroup group;
  private final int place;
  private final BooleanSupplier crashes;
  private final BooleanSupplier retired;

  /**
   * The handler of a worker that has a place in the group.
   *
   * @param crashes whether the worker crashes before its next frame
   * @param retired whether the worker's place is wanted by another
   */
  RecoveringHandler(
      RecoveringReplica replica,
      RecoveryGroup group,
      int place,
      BooleanSupplier crashes,
      BooleanSupplier retired) {
    this.replica = replica;
    this.group = group;
    this.place = place;
    this.crashes = crashes;
    this.retired = retired;
  }

  @Override
  public void prepare() throws InterruptedException {
    for (int waited = 0; !replica.prepare(); waited++) {
      pause(waited);
    }
  }

  @Override
  public void handle(byte[] frame, WorkerLog log) throws InterruptedException {
    if (crashes.getAsBoolean() && replica.crash()) {
      return; // the frame is gone with the state
    }
    replica.begin(frame, frame.length);
    int waited = 0;
    Step step = replica.advance();
    while (step == Step.WAITING) {
      pause(waited++);
      step = replica.advance();
    }
    if (step == Step.HANDLED) {
      log.append(replica.sequence(), replica.verdict(), 0);
    }
  }

  @Override
  public long idleNs() {
    return IDLE_NS;
  }

  @Override
  public void idle() {
    replica.idle();
  }

  /** The state stays there for others until nobody can need it any more. */
  @Override
  public WorkerResult finish(int worker, WorkerLog log) throws InterruptedException {
    for (int waited = 0; !replica.settle(); waited++) {
      pause(waited);
    }
    group.end(place);
    while (!group.allEnded() && !(retired.getAsBoolean() && group.othersHaveState(place))) {
      replica.idle();
      pause(SPINS + YIELDS);
    }
    return new WorkerResult(
        worker, replica.replica().progress(), log, replica.replica().state(), replica.counts());
  }

  /** Spins first: a peer is a frame behind, usually. Then lets it have the processor. */
  @SuppressWarnings("ThreadPriorityCheck") // where threads outnumber cores, the peer needs this one
  private static void pause(int waited) throws InterruptedException {
    if (waited < SPINS) {
      Thread.onSpinWait();
    } else if (waited < SPINS + YIELDS) {
      Thread.yield();
    } else {
      LockSupport.parkNanos(NAP_NS);
      if (Thread.interrupted()) {
        throw new InterruptedException("while waiting for a peer");
      }
    }
  }

  @Override
  public void close() {
    group.leave(place);
    replica.close();
  }
}
