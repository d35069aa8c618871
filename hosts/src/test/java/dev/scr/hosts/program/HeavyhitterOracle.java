package dev.scr.hosts.program;

import java.util.Map;
import java.util.TreeMap;

/** Adds up bytes by flow. */
final class HeavyhitterOracle implements Oracle {
  private final Map<String, Long> bytes = new TreeMap<>();
  private final long threshold;

  HeavyhitterOracle(Values values) {
    threshold = values.one("threshold");
  }

  @Override
  public Verdict handle(OraclePacket packet) {
    OraclePacket.Flow flow = packet.flow().orElseThrow();
    long sum = bytes.merge(flow.key(), (long) flow.bytes(), Long::sum);
    return sum > threshold ? Verdict.TX : Verdict.PASS;
  }

  @Override
  public void obey(String command, Map<String, String> fields) {
    bytes.remove(Oracle.flow(fields));
  }

  @Override
  public Map<String, String> state() {
    Map<String, String> state = new TreeMap<>();
    bytes.forEach((key, value) -> state.put(key, Oracle.little(value, 8)));
    return state;
  }
}
