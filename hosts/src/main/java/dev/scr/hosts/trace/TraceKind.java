package dev.scr.hosts.trace;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Distributions of packets over flows, one row each. */
public enum TraceKind {
  SINGLE_FLOW("single-flow", "one TCP flow: what no sharding can spread"),
  UNIFORM("uniform", "every flow equally likely"),
  ZIPF("zipf", "the n-th flow has 1/n of the first one's packets"),
  DATACENTER("datacenter", "flow sizes of the web-search workload in the DCTCP paper"),
  CONNECTIONS("connections", "TCP connections, both directions, with strays, resets and time-outs"),
  MIXED("mixed", "everything a port may see: options, fragments, VLAN, IPv6, ARP, broken frames");

  /** Bytes of a flow at these shares of all flows (DCTCP, SIGCOMM 2010, web search). */
  private static final double[][] WEB_SEARCH = {
    {0, 0},
    {0.15, 10e3},
    {0.2, 20e3},
    {0.3, 30e3},
    {0.4, 50e3},
    {0.53, 80e3},
    {0.6, 200e3},
    {0.7, 1e6},
    {0.8, 2e6},
    {0.9, 5e6},
    {0.97, 10e6},
    {1, 30e6}
  };

  private final String kindName;
  private final String meaning;

  TraceKind(String kindName, String meaning) {
    this.kindName = kindName;
    this.meaning = meaning;
  }

  /** The name that users type. */
  public String kindName() {
    return kindName;
  }

  /** The distribution in words. */
  public String meaning() {
    return meaning;
  }

  /** The kind of that name, if there is one. */
  public static Optional<TraceKind> named(String name) {
    return Arrays.stream(values()).filter(kind -> kind.kindName.equals(name)).findFirst();
  }

  /** All names, for messages. */
  public static String names() {
    return Arrays.stream(values()).map(TraceKind::kindName).collect(Collectors.joining(", "));
  }

  /** A flow size in bytes, by inverse sampling of the web-search distribution. */
  static long webSearchBytes(SplittableRandom random) {
    double share = random.nextDouble();
    int row = 1;
    while (WEB_SEARCH[row][0] < share) {
      row++;
    }
    double[] low = WEB_SEARCH[row - 1];
    double[] high = WEB_SEARCH[row];
    double position = (share - low[0]) / (high[0] - low[0]);
    return Math.max(1, Math.round(low[1] + position * (high[1] - low[1])));
  }
}
