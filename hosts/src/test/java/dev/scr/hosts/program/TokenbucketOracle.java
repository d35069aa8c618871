package dev.scr.hosts.program;

import java.util.Map;
import java.util.TreeMap;

/**
 * Counts in exact points of time instead of remainders: a token is due each interval while there is
 * room. Time is modulo 2<sup>32</sup> us, so that an idle flow may find fewer tokens than it has
 * earned.
 */
final class TokenbucketOracle implements Oracle {
  private static final long WRAP = 1L << 32;

  private final Map<String, Bucket> buckets = new TreeMap<>();
  private final long burst;
  private final long intervalUs;

  private static final class Bucket {
    private long dueUs;
    private long tokens;
  }

  TokenbucketOracle(Values values) {
    burst = values.one("burst");
    intervalUs = values.one("interval_us");
  }

  @Override
  public Verdict handle(OraclePacket packet) {
    String key = packet.flow().orElseThrow().key();
    long now = packet.timeUs() % WRAP;
    Bucket bucket = buckets.get(key);
    if (bucket == null) {
      if (burst == 0) {
        return Verdict.DROP;
      }
      bucket = new Bucket();
      bucket.dueUs = now;
      bucket.tokens = burst;
      buckets.put(key, bucket);
    }
    long waited = Math.floorMod(now - bucket.dueUs, WRAP);
    while (bucket.tokens < burst && waited >= intervalUs) {
      bucket.tokens++;
      waited -= intervalUs;
    }
    bucket.dueUs = bucket.tokens == burst ? now : Math.floorMod(now - waited, WRAP);
    if (bucket.tokens == 0) {
      return Verdict.DROP;
    }
    bucket.tokens--;
    return Verdict.PASS;
  }

  @Override
  public void obey(String command, Map<String, String> fields) {
    String key = Oracle.flow(fields);
    Bucket bucket = buckets.get(key);
    if (command.equals("drain") && bucket != null) {
      bucket.tokens = 0;
    } else if (command.equals("forget")) {
      buckets.remove(key);
    }
  }

  @Override
  public Map<String, String> state() {
    Map<String, String> state = new TreeMap<>();
    buckets.forEach((key, bucket) ->
        state.put(key, Oracle.little(bucket.dueUs, 4) + Oracle.little(bucket.tokens, 4)));
    return state;
  }
}
