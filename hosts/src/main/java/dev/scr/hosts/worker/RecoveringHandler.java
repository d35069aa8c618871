package dev.scr.hosts.worker;

import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.worker.RecoveringReplica.Step;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A replica that recovers losses, and waits where it has to. */
final class RecoveringHandler implements FrameHandler {
  private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Between two looks at the peers, because each look costs a peer a moment, too. */
  private static final int STATED_AT_ONCE = 16;

  private final RecoveringReplica replica;
  private final Pause pause;
  private final RecoveryGroup group;
  private final int place;
  private final BooleanSupplier crashes;
  private final BooleanSupplier retired;

  /**
   * The handler of a worker that has a place in the group.
   *
   * @param pause how it waits
   * @param crashes whether the worker crashes before its next frame
   * @param retired whether the worker's place is wanted by another
   */
  RecoveringHandler(
      RecoveringReplica replica,
      Pause pause,
      RecoveryGroup group,
      int place,
      BooleanSupplier crashes,
      BooleanSupplier retired) {
    this.replica = replica;
    this.pause = pause;
    this.group = group;
    this.place = place;
    this.crashes = crashes;
    this.retired = retired;
  }

  @Override
  public void prepare() throws InterruptedException {
    while (!replica.prepare()) {
      pause();
    }
    pause.end();
  }

  @Override
  public void handle(byte[] frame, Inbox later, WorkerLog log) throws InterruptedException {
    if (crashes.getAsBoolean() && replica.crash()) {
      return; // the frame is gone with the state
    }
    replica.begin(frame, frame.length);
    Step step = replica.advance();
    while (step == Step.WAITING) {
      int stated = 0;
      while (stated < STATED_AT_ONCE && stateAhead(later)) {
        stated++;
      }
      if (stated == 0) {
        pause();
      }
      step = replica.advance();
    }
    pause.end();
    if (step == Step.HANDLED) {
      log.append(replica.sequence(), replica.verdict(), 0);
    }
  }

  /**
   * Tells the peers what the next frame brings that they do not know of; false if there is none.
   */
  private boolean stateAhead(Inbox later) {
    byte[] next = later.ahead();
    if (next == null || next.length == 0 || !replica.stateAhead(next, next.length)) {
      return false;
    }
    later.next();
    return true;
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
    while (!replica.settle()) {
      pause();
    }
    group.end(place);
    while (!group.allEnded() && !(retired.getAsBoolean() && group.othersHaveState(place))) {
      replica.idle();
      pause();
    }
    return new WorkerResult(
        worker, replica.replica().progress(), log, replica.replica().state(), replica.counts());
  }

  private void pause() throws InterruptedException {
    pause.once();
    if (Thread.interrupted()) {
      throw new InterruptedException("while waiting for a peer");
    }
  }

  @Override
  public void close() {
    group.leave(place);
    replica.close();
  }
}
