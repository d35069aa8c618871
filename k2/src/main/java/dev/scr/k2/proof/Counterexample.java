package dev.scr.k2.proof;

import java.util.HexFormat;
import java.util.List;

/**
 * An input for which two programs differ.
 *
 * @param packet the packet in hexadecimal digits
 * @param ingressInterface what the context says
 * @param receiveQueue what the context says
 * @param entries what maps hold before; other elements are absent or zero
 * @param times what the clock answers, in the order of the calls
 * @param cpu what the processor's number is
 * @param seed start of the random numbers
 * @param confirmed whether both programs were run on it and the difference was seen; false where
 *     programs of this type cannot run here
 */
public record Counterexample(
    String packet,
    int ingressInterface,
    int receiveQueue,
    List<Entry> entries,
    List<Long> times,
    int cpu,
    long seed,
    boolean confirmed) {

  /** One element of a map; key and value in hexadecimal digits. */
  public record Entry(int map, String key, String value) {}

  /** Copies the lists. */
  public Counterexample {
    entries = List.copyOf(entries);
    times = List.copyOf(times);
  }

  /** The packet's bytes. */
  public byte[] packetBytes() {
    return HexFormat.of().parseHex(packet);
  }

  Counterexample withConfirmed(boolean seen) {
    return new Counterexample(
        packet, ingressInterface, receiveQueue, entries, times, cpu, seed, seen);
  }
}
