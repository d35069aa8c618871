package dev.scr.hosts.live;

/** Takes the packets of a worker, each once, when it has its verdict. */
@FunctionalInterface
public interface PacketSink {
  /** Of a worker that sends nothing on. */
  PacketSink NOWHERE = (_, _, _, _) -> {};

  /**
   * One packet, as it was before the sequencer: {@code length} bytes of an array that is used again
   * for the next.
   *
   * @param verdict by its number
   * @param offset where the packet begins, with its own Ethernet header
   */
  void packet(int verdict, byte[] frame, int offset, int length);
}
