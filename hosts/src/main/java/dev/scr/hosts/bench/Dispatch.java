package dev.scr.hosts.bench;

/** What it costs to get a packet to the handler: the d of the model, apart from the loop itself. */
public sealed interface Dispatch {
  /** Packets lie in memory already. */
  record Memory() implements Dispatch {
    @Override
    public String toString() {
      return "memory";
    }
  }

  /**
   * As memory, and the processor is kept busy before each packet for a time.
   *
   * @param ns the time; the SCR paper's table 4 has 101 for XDP on a 100 G card
   */
  record Busy(int ns) implements Dispatch {
    @Override
    public String toString() {
      return "memory + " + ns + " ns";
    }
  }

  /**
   * Each worker sends its frames into a virtual Ethernet of its own and receives them at the other
   * end by AF_PACKET, 64 with each system call: the kernel's whole path, sending included, on the
   * worker's own core.
   */
  record Loopback() implements Dispatch {
    @Override
    public String toString() {
      return "af_packet";
    }
  }
}
