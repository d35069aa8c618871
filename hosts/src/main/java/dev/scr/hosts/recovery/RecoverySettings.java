package dev.scr.hosts.recovery;

/**
 * How much is remembered, and for how long a worker waits for another.
 *
 * @param ringEntries packets that each log holds, a power of two; a worker that needs an older one
 *     copies a peer's state instead
 * @param patienceNs for how long a peer may neither get on nor say that it is itself waiting,
 *     before it is shut out
 */
public record RecoverySettings(int ringEntries, long patienceNs) {
  /** Enough for queues of thousands of frames, and for schedulers that are busy elsewhere. */
  public static final RecoverySettings DEFAULT = new RecoverySettings(1 << 13, 2_000_000_000L);

  /** Frames that a worker's queue holds, which is how far one can be behind another. */
  private static final int QUEUE_FRAMES = 1 << 12;

  /** Rings that no worker overruns as long as another is behind by no more than a full queue. */
  public static RecoverySettings forWorkers(int workers) {
    int behind = 2 * QUEUE_FRAMES * Math.max(1, workers);
    return new RecoverySettings(Integer.highestOneBit(2 * behind - 1), DEFAULT.patienceNs());
  }

  public RecoverySettings {
    if (ringEntries < 2 || Integer.bitCount(ringEntries) != 1) {
      throw new IllegalArgumentException(
          "ringEntries: expected a power of two from 2 on, found " + ringEntries);
    }
    if (patienceNs < 0) {
      throw new IllegalArgumentException("patienceNs: expected 0 or more, found " + patienceNs);
    }
  }
}
