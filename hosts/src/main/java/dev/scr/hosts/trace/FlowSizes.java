package dev.scr.hosts.trace;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * How the packets of a trace spread over IPv4 flows (source, destination and protocol; ports where
 * the packet has them). Other packets are one flow together.
 *
 * @param flows number of flows
 * @param largest packets of the largest flow
 * @param p90 packets of the flow at the 90th percentile
 * @param median packets of the median flow
 * @param smallest packets of the smallest flow
 * @param shareOfLargest share of all packets, 0 to 1
 * @param shareOfTopPercent share of all packets that the largest hundredth of flows has
 */
public record FlowSizes(
    int flows,
    int largest,
    int p90,
    int median,
    int smallest,
    double shareOfLargest,
    double shareOfTopPercent) {

  /** Counts the flows of a trace. */
  public static FlowSizes of(Trace trace) {
    Map<Long, int[]> byFlow = new HashMap<>();
    for (int packet = 0; packet < trace.size(); packet++) {
      byFlow.computeIfAbsent(flowHash(trace.bytes(packet)), _ -> new int[1])[0]++;
    }
    int[] sizes = byFlow.values().stream().mapToInt(count -> count[0]).sorted().toArray();
    if (sizes.length == 0) {
      return new FlowSizes(0, 0, 0, 0, 0, 0, 0);
    }
    int top = Math.max(1, sizes.length / 100);
    long topPackets = Arrays.stream(sizes, sizes.length - top, sizes.length).asLongStream().sum();
    double all = trace.size();
    return new FlowSizes(
        sizes.length,
        sizes[sizes.length - 1],
        sizes[(int) (0.9 * (sizes.length - 1))],
        sizes[sizes.length / 2],
        sizes[0],
        sizes[sizes.length - 1] / all,
        topPackets / all);
  }

  /** A number that differs between flows; 0 for what is not plain IPv4. */
  private static long flowHash(byte[] frame) {
    if (frame.length < 34 || frame[12] != 8 || frame[13] != 0) {
      return 0;
    }
    long hash = frame[23];
    for (int offset = 26; offset < 34; offset++) {
      hash = hash * 0x100000001b3L ^ (frame[offset] & 0xff);
    }
    int transport = 14 + (frame[14] & 15) * 4;
    boolean hasSourcePort = (frame[23] == 6 || frame[23] == 17) && frame.length >= transport + 2;
    return hasSourcePort
        ? hash * 31 + ((frame[transport] & 0xff) << 8 | (frame[transport + 1] & 0xff))
        : hash;
  }
}
