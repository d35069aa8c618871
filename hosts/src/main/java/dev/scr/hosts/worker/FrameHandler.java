package dev.scr.hosts.worker;

/** What a worker does with its frames. Made, used and closed on the worker's thread. */
interface FrameHandler extends AutoCloseable {
  /** Called before the first frame. */
  void prepare() throws InterruptedException;

  /**
   * Handles one frame; appends to the log what had a verdict.
   *
   * @param later the frames that have come after it
   */
  void handle(byte[] frame, Inbox later, WorkerLog log) throws InterruptedException;

  /** For how long the worker may sleep while there is no frame, in nanoseconds. */
  long idleNs();

  /** Called while there is no frame. */
  void idle();

  /** There are no more frames; answers when everything is settled. */
  WorkerResult finish(int worker, WorkerLog log) throws InterruptedException;

  @Override
  void close();
}
