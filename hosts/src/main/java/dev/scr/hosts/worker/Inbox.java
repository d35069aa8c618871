package dev.scr.hosts.worker;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a worker has received and not handled yet, oldest first. Frames are received in batches; and
 * one by one, beyond the batch, by who looks ahead while a frame waits. Confined to the worker's
 * thread.
 */
final class Inbox {
  private static final int BATCH = 64;

  /** A power of two: how far one can look ahead. */
  private static final int PLACES = 1024;

  private final BlockingQueue<byte[]> queue;
  private final byte[] @Nullable [] frames = new byte[PLACES][];
  private long taken;
  private long looked;
  private long received;

  /** An empty inbox in front of a queue. */
  Inbox(BlockingQueue<byte[]> queue) {
    this.queue = queue;
  }

  /**
   * Takes the next frame.
   *
   * @param idleNs for how long to wait, in nanoseconds
   * @return null if none came
   */
  byte @Nullable [] take(long idleNs) throws InterruptedException {
    if (taken == received) {
      byte[] first = queue.poll(idleNs, TimeUnit.NANOSECONDS);
      for (int more = 1; first != null; more++) {
        put(first);
        first = more < BATCH ? queue.poll() : null;
      }
    }
    if (taken == received) {
      return null;
    }
    int place = place(taken++);
    byte[] frame = frames[place];
    frames[place] = null;
    looked = Math.max(looked, taken);
    return frame;
  }

  /** The oldest frame that has been neither taken nor passed by {@link #next}; null if none has. */
  byte @Nullable [] ahead() {
    if (looked == received && received - taken < PLACES) {
      byte[] frame = queue.poll();
      if (frame != null) {
        put(frame);
      }
    }
    return looked == received ? null : frames[place(looked)];
  }

  /** Looks at the one after {@link #ahead} from now on. */
  void next() {
    looked++;
  }

  private void put(byte[] frame) {
    frames[place(received++)] = frame;
  }

  private static int place(long number) {
    return (int) number & PLACES - 1;
  }
}
