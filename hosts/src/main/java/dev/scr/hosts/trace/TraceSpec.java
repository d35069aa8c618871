package dev.scr.hosts.trace;

/**
 * A trace to make.
 *
 * @param kind distribution of packets over flows
 * @param packets number of packets
 * @param flows number of flows (alive at a time, for {@link TraceKind#DATACENTER})
 * @param frameBytes length of every frame, at least 54 (Ethernet, IPv4 and TCP headers)
 * @param seed makes the same trace again
 */
public record TraceSpec(TraceKind kind, int packets, int flows, int frameBytes, long seed) {
  /** Ethernet, IPv4 and TCP headers. */
  public static final int MIN_FRAME_BYTES = 54;

  /** The longest frame of standard Ethernet, without its checksum. */
  public static final int MAX_FRAME_BYTES = 1514;

  public TraceSpec {
    require("packets", packets, 0, Integer.MAX_VALUE);
    require("flows", flows, 1, 1 << 24);
    require("frameBytes", frameBytes, MIN_FRAME_BYTES, 9014);
  }

  private static void require(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + "=" + value + " is not in " + min + ".." + max);
    }
  }
}
