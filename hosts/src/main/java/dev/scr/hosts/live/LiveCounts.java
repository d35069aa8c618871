package dev.scr.hosts.live;

import dev.scr.hosts.worker.Progress;

/**
 * What a worker on an interface has done so far.
 *
 * @param frames that came
 * @param others of them that are no sequencer's
 * @param elsewhere of them that are for other workers
 * @param tooLong of them that its engine cannot take
 * @param verdicts of packets, by the number of the verdict
 * @param progress where the replica stands
 */
@SuppressWarnings("ArrayRecordComponent") // a copy to look at; nobody compares two of them
public record LiveCounts(
    long frames, long others, long elsewhere, long tooLong, long[] verdicts, Progress progress) {

  /** Packets that have a verdict. */
  public long handled() {
    long sum = 0;
    for (long count : verdicts) {
      sum += count;
    }
    return sum;
  }
}
