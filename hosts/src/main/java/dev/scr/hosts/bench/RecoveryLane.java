package dev.scr.hosts.bench;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.worker.Pause;
import dev.scr.hosts.worker.RecoveringReplica;
import dev.scr.hosts.worker.RecoveringReplica.Step;
import dev.scr.hosts.worker.Replica;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.hosts.worker.WorkerLog;
import dev.scr.hosts.worker.WorkerResult;

/** One worker of {@link RecoveryBenchmark}. Made and used by one thread. */
abstract class RecoveryLane implements AutoCloseable {
  /** Frames that had to wait. */
  long waits;

  /** Moments in which a waiting worker had nothing else to do. */
  long pauses;

  /** Frames that were stated while an earlier one waited. */
  long ahead;

  /** Handles frames as fast as it can. */
  abstract void run(byte[][] frames);

  abstract WorkerResult result(int worker);

  @Override
  public abstract void close();

  /** A worker without recovery. */
  static final class Plain extends RecoveryLane {
    private final Replica replica;

    Plain(Replica replica) {
      this.replica = replica;
    }

    @Override
    void run(byte[][] frames) {
      for (byte[] frame : frames) {
        replica.handle(frame, frame.length);
      }
    }

    @Override
    WorkerResult result(int worker) {
      return new WorkerResult(worker, replica.progress(), new WorkerLog(), replica.state());
    }

    @Override
    public void close() {
      replica.close();
    }
  }

  /** A worker with recovery. */
  static final class Recovering extends RecoveryLane {
    /** Between two looks at the peers, because each look costs a peer a moment, too. */
    private static final int STATED_AT_ONCE = 16;

    private final RecoveringReplica replica;
    private final Pause pause;
    private int next;

    Recovering(ProgramObject object, RecoveryGroup group, int worker, Pause pause) {
      replica = new RecoveringReplica(object, ReplicaEngine.JVM, group, worker);
      replica.prepare();
      this.pause = pause;
    }

    @Override
    void run(byte[][] frames) {
      next = 0;
      for (int at = 0; at < frames.length; at++) {
        replica.begin(frames[at], frames[at].length);
        if (replica.advance() == Step.WAITING) {
          waits++;
          next = Math.max(next, at + 1);
          await(frames);
        }
      }
    }

    /** What the peers may need is stated before anything else. */
    private void await(byte[][] frames) {
      do {
        int before = next;
        while (next < Math.min(before + STATED_AT_ONCE, frames.length)
            && replica.stateAhead(frames[next], frames[next].length)) {
          next++;
        }
        ahead += next - before;
        if (next == before) {
          pause.once();
          pauses++;
        }
      } while (replica.advance() == Step.WAITING);
      pause.end();
    }

    @Override
    WorkerResult result(int worker) {
      return new WorkerResult(
          worker,
          replica.replica().progress(),
          new WorkerLog(),
          replica.replica().state(),
          replica.counts());
    }

    @Override
    public void close() {
      replica.close();
    }
  }
}
