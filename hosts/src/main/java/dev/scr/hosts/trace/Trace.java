package dev.scr.hosts.trace;

import java.util.Arrays;

/**
 * Packets in order, each with its time. Immutable, packed into one array so that a replay touches
 * memory in order; safe to share between threads.
 */
public final class Trace {
  private final byte[] data;
  private final int[] ends;
  private final long[] timestampsNs;

  private Trace(byte[] data, int[] ends, long[] timestampsNs) {
    this.data = data;
    this.ends = ends;
    this.timestampsNs = timestampsNs;
  }

  /** Number of packets. */
  public int size() {
    return ends.length;
  }

  /** Time of a packet in ns, on whatever clock stamped the trace. */
  public long timestampNs(int packet) {
    return timestampsNs[packet];
  }

  /** Length of a packet in bytes, from its Ethernet header on. */
  public int length(int packet) {
    return ends[packet] - start(packet);
  }

  /** A copy of a packet. */
  public byte[] bytes(int packet) {
    return Arrays.copyOfRange(data, start(packet), ends[packet]);
  }

  /** Copies a packet into {@code target} and returns its length. */
  public int copyTo(int packet, byte[] target) {
    int length = length(packet);
    System.arraycopy(data, start(packet), target, 0, length);
    return length;
  }

  /** Length of the longest packet, 0 for an empty trace. */
  public int maxLength() {
    int max = 0;
    for (int packet = 0; packet < size(); packet++) {
      max = Math.max(max, length(packet));
    }
    return max;
  }

  /** Bytes of all packets together. */
  public long totalBytes() {
    return data.length;
  }

  /** The same packets at other times, one for each packet. */
  public Trace withTimestampsNs(long[] newTimestampsNs) {
    if (newTimestampsNs.length != size()) {
      throw new IllegalArgumentException(
          "timestamps=" + newTimestampsNs.length + " for " + size() + " packets");
    }
    return new Trace(data, ends, newTimestampsNs.clone());
  }

  private int start(int packet) {
    return packet == 0 ? 0 : ends[packet - 1];
  }

  /** Collects packets. Not thread-safe. */
  public static final class Builder {
    private byte[] data = new byte[1 << 16];
    private int[] ends = new int[1 << 10];
    private long[] timestampsNs = new long[1 << 10];
    private int size;

    /**
     * Appends a packet.
     *
     * @throws IllegalStateException when all packets together would exceed 2 GiB
     */
    public Builder add(long timestampNs, byte[] packet, int offset, int length) {
      int start = size == 0 ? 0 : ends[size - 1];
      long end = (long) start + length;
      if (end > Integer.MAX_VALUE - 8) {
        throw new IllegalStateException(
            "the packets of a trace exceed 2 GiB after " + size + " packets; split the trace");
      }
      if (end > data.length) {
        data =
            Arrays.copyOf(
                data, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(end, data.length * 2L)));
      }
      if (size == ends.length) {
        ends = Arrays.copyOf(ends, size * 2);
        timestampsNs = Arrays.copyOf(timestampsNs, size * 2);
      }
      System.arraycopy(packet, offset, data, start, length);
      ends[size] = (int) end;
      timestampsNs[size++] = timestampNs;
      return this;
    }

    /** Appends a whole array as a packet. */
    public Builder add(long timestampNs, byte[] packet) {
      return add(timestampNs, packet, 0, packet.length);
    }

    /** Number of packets so far. */
    public int size() {
      return size;
    }

    /** The packets so far. */
    public Trace build() {
      int bytes = size == 0 ? 0 : ends[size - 1];
      return new Trace(
          Arrays.copyOf(data, bytes), Arrays.copyOf(ends, size), Arrays.copyOf(timestampsNs, size));
    }
  }
}
