package dev.scr.softswitch.state;

/** An array of counters, each of which counts packets and bytes. */
public final class CounterArray {

  private final String name;
  private final long[] packets;
  private final long[] bytes;

  /** {@code size} counters at zero. */
  public CounterArray(String name, int size) {
    this.name = name;
    packets = new long[size];
    bytes = new long[size];
  }

  /** The P4 name. */
  public String name() {
    return name;
  }

  /** Number of counters. */
  public int size() {
    return packets.length;
  }

  /** Counts one packet; the caller has checked the index. */
  public void count(int index, int length) {
    packets[index]++;
    bytes[index] += length;
  }

  /** Packets counted; the caller has checked the index. */
  public long packets(int index) {
    return packets[index];
  }

  /** Bytes counted; the caller has checked the index. */
  public long bytes(int index) {
    return bytes[index];
  }

  /** Sets a counter; the caller has checked the index. */
  public void set(int index, long newPackets, long newBytes) {
    packets[index] = newPackets;
    bytes[index] = newBytes;
  }
}
