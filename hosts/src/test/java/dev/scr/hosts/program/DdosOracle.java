package dev.scr.hosts.program;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts packets by source. */
final class DdosOracle implements Oracle {
  private final Map<Integer, Long> packets = new TreeMap<>();
  private final long threshold;
  private final List<Long> blocked;

  DdosOracle(Values values) {
    threshold = values.one("threshold");
    blocked = values.many("blocked");
  }

  @Override
  public Verdict handle(OraclePacket packet) {
    int source = packet.source().orElseThrow();
    if (source != 0 && blocked.contains(source & 0xffffffffL)) {
      return Verdict.DROP;
    }
    long count = packets.merge(source, 1L, Long::sum);
    return count > threshold ? Verdict.DROP : Verdict.PASS;
  }

  @Override
  public Map<String, String> state() {
    return Oracle.bySource(packets, 8);
  }
}
