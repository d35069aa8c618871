package dev.scr.hosts.recovery;

import java.util.List;

/**
 * What recovery did for one worker.
 *
 * @param gaps frames that came after packets which no frame had brought
 * @param recovered packets that a peer had received
 * @param leftOut positions of packets that no worker had received: they are in no state
 * @param unknown packets that nobody could tell about: the state may be wrong from there on
 * @param answeredLate packets whose own frame came after their metadata, and had its verdict still
 * @param joins how often the state was copied from a peer
 * @param shutOut peers that this worker did not wait for any longer
 * @param crashes injected
 */
public record RecoveryCounts(
    long gaps,
    long recovered,
    List<Long> leftOut,
    long unknown,
    long answeredLate,
    long joins,
    long shutOut,
    long crashes) {
  /** Of a worker that does not recover. */
  public static final RecoveryCounts NONE = new RecoveryCounts(0, 0, List.of(), 0, 0, 0, 0, 0);

  public RecoveryCounts {
    leftOut = List.copyOf(leftOut);
  }
}
