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
    int source = counted(packet.source().orElseThrow());
    if (source != 0 && blocked.contains(source & 0xffffffffL)) {
      return Verdict.DROP;
    }
    long count = packets.merge(source, 1L, Long::sum);
    return Long.compareUnsigned(count, threshold) > 0 ? Verdict.DROP : Verdict.PASS;
  }

  /** Reserved addresses count as one. */
  private static int counted(int source) {
    return source >>> 28 == 15 ? 0xf0000000 : source;
  }

  @Override
  public void obey(String command, Map<String, String> fields) {
    int source = counted(Oracle.address(Oracle.field(fields, "src_addr")));
    switch (command) {
      case "forget" -> packets.remove(source);
      case "block" -> packets.put(source, Long.MIN_VALUE); // 2^63, unsigned
      default -> throw new IllegalArgumentException(command);
    }
  }

  @Override
  public Map<String, String> state() {
    return Oracle.bySource(packets, 8);
  }
}
