package dev.scr.hosts.run;

import dev.scr.hosts.program.Verdict;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How N replicas compare with the sequential program.
 *
 * @param verdicts how many packets had each verdict, those that no worker saw included
 * @param verdictsEqual whether every verdict that a worker gave is the sequential program's
 * @param replicasEqual whether every replica's state is the sequential program's after the same
 *     packets
 * @param handled packets that a worker gave a verdict on
 * @param lost sequenced packets whose own frame reached no worker
 * @param recovered of these, the ones that reached every replica's state as history
 * @param missed updates that some replica never got, over all replicas
 * @param fastForwarded history slots applied, over all replicas
 * @param firstDifference the first verdict or state that differs, in words
 * @param leftOut sequenced packets that are in no replica's state, because no worker received them
 * @param fromPeers updates that a replica had from a peer's log, over all replicas
 * @param joins how often a replica's state was copied from a peer
 */
public record ReplicationReport(
    Map<Verdict, Long> verdicts,
    boolean verdictsEqual,
    boolean replicasEqual,
    long handled,
    long lost,
    long recovered,
    long missed,
    long fastForwarded,
    Optional<String> firstDifference,
    long leftOut,
    long fromPeers,
    long joins) {
  public ReplicationReport {
    verdicts = new EnumMap<>(verdicts);
  }

  /** How many packets had a verdict. */
  public long count(Verdict verdict) {
    return verdicts.getOrDefault(verdict, 0L);
  }

  /** Whether the replicas did what the sequential program does. */
  public boolean equal() {
    return verdictsEqual && replicasEqual;
  }
}
