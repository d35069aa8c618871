package dev.scr.hosts.program;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts right knocks in a row. */
final class PortknockOracle implements Oracle {
  private final Map<Integer, Long> progress = new TreeMap<>();
  private final List<Long> secret;

  PortknockOracle(Values values) {
    secret = values.many("knocks");
  }

  @Override
  public Verdict handle(OraclePacket packet) {
    int source = packet.source().orElseThrow();
    OraclePacket.Tcp tcp = packet.tcp().orElseThrow();
    int before = progress.getOrDefault(source, 0L).intValue();
    int after = tcp.opens() ? next(before, tcp.port()) : before;
    if (after > 0 || progress.containsKey(source)) {
      progress.put(source, (long) after);
    }
    return after == secret.size() ? Verdict.PASS : Verdict.DROP;
  }

  private int next(int before, int port) {
    if (before == secret.size() || secret.get(before) == port) {
      return Math.min(before + 1, secret.size());
    }
    return secret.getFirst() == port ? 1 : 0;
  }

  @Override
  public void obey(String command, Map<String, String> fields) {
    int source = Oracle.address(Oracle.field(fields, "src_addr"));
    if (command.equals("open")) {
      progress.put(source, (long) secret.size());
    } else {
      progress.remove(source);
    }
  }

  @Override
  public Map<String, String> state() {
    return Oracle.bySource(progress, 4);
  }
}
