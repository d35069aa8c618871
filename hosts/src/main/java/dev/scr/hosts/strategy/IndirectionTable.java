package dev.scr.hosts.strategy;

import java.util.Arrays;

/**
 * From a hash to a core: 128 buckets by the low bits of the hash, dealt out in turn, as drivers
 * fill the table of a network card. Not thread-safe.
 */
public final class IndirectionTable {
  /** Number of buckets, a power of two. */
  public static final int BUCKETS = 128;

  private final int[] workerOf = new int[BUCKETS];

  /** A table that spreads the buckets evenly. */
  public IndirectionTable(int workers) {
    Arrays.setAll(workerOf, bucket -> bucket % workers);
  }

  /** The bucket of a hash. */
  public static int bucket(int hash) {
    return hash & (BUCKETS - 1);
  }

  /** Where the packets of a bucket go. */
  public int worker(int bucket) {
    return workerOf[bucket];
  }

  /** Sends the packets of a bucket elsewhere; its state has to follow. */
  public void move(int bucket, int worker) {
    workerOf[bucket] = worker;
  }
}
