package dev.scr.hosts.worker;

import dev.scr.wire.HistoryView;

/** A replica by itself: what its frames do not bring it is missed. */
final class PlainHandler implements FrameHandler {
  private final Replica replica;
  private final HistoryView view = new HistoryView();
  private long missed;
  private long unhandled;

  PlainHandler(Replica replica) {
    this.replica = replica;
  }

  @Override
  public void prepare() {}

  @Override
  public void handle(byte[] frame, Inbox later, WorkerLog log) {
    int returned = replica.handle(frame, frame.length);
    if (replica.unhandled() == unhandled) {
      long before = missed;
      missed = replica.missed();
      log.append(view.wrap(frame, frame.length).sequence(), returned, (int) (missed - before));
    }
    unhandled = replica.unhandled();
  }

  @Override
  public long idleNs() {
    return Long.MAX_VALUE;
  }

  @Override
  public void idle() {}

  @Override
  public WorkerResult finish(int worker, WorkerLog log) {
    return new WorkerResult(worker, replica.progress(), log, replica.state());
  }

  @Override
  public void close() {
    replica.close();
  }
}
