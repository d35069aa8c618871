package dev.scr.hosts.sequencer;

/** From a packet to what goes into history: the program's {@code extract}. Not thread-safe. */
@FunctionalInterface
public interface Extraction {
  /** What a program says of a packet; {@code enum relevance} in {@code scr.bpf.h}, in its order. */
  enum Relevance {
    RELEVANT,
    IRRELEVANT,
    MALFORMED
  }

  /**
   * Extracts the metadata of one packet.
   *
   * @param frame the packet from its first byte
   * @param length bytes of the packet
   * @param timestampNs the sequencer's time for it
   * @param metadata receives the metadata if the packet is relevant; one slot long
   */
  Relevance extract(byte[] frame, int length, long timestampNs, byte[] metadata);
}
