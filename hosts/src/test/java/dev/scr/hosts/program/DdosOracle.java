package dev.scr.hosts.program;

import java.util.Map;
import java.util.TreeMap;

/** Counts packets by source. */
final class DdosOracle implements Oracle {
  private final Map<Integer, Long> packets = new TreeMap<>();
  private final long threshold;

  DdosOracle(Values values) {
    threshold = values.one("threshold");
  }

  @Override
  public Verdict handle(OraclePacket packet) {
    long count = packets.merge(packet.source().orElseThrow(), 1L, Long::sum);
    return count > threshold ? Verdict.DROP : Verdict.PASS;
  }

  @Override
  public Map<String, String> state() {
    return Oracle.bySource(packets, 8);
  }
}
