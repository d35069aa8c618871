package dev.scr.controlplane.sequencer;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a sequencer has done since its pipeline was pushed, in packets.
 *
 * @param sequenced packets that took a sequence number
 * @param passedThrough packets that the program does not look at, sent on as they were
 * @param droppedOversized packets that would not fit a worker's port with the history in front
 * @param droppedMalformed packets whose headers contradict themselves
 * @param droppedUnmapped packets for which there is no worker, or no port
 * @param sprayed packets sent, by worker
 */
public record SequencerCounters(
    long sequenced,
    long passedThrough,
    long droppedOversized,
    long droppedMalformed,
    long droppedUnmapped,
    SortedMap<Integer, Long> sprayed) {
  public SequencerCounters {
    sprayed = Collections.unmodifiableSortedMap(new TreeMap<>(sprayed));
  }

  /** Packets that went nowhere, whatever the reason. */
  public long dropped() {
    return droppedOversized + droppedMalformed + droppedUnmapped;
  }
}
