package dev.scr.pipeline;

import dev.scr.wire.WireFormat;

/**
 * Where a sequencer sends the frames of one worker: an entry of the P4 table {@code spray}.
 *
 * @param worker number of the worker, from 0
 * @param port switch port, from 1 (BMv2 cannot address port 0 everywhere)
 * @param dstMac MAC address of the worker, 48 bits
 * @param srcMac MAC address of the sequencer, 48 bits
 */
public record WorkerPort(int worker, int port, long dstMac, long srcMac) {
  /** First port of a worker where nobody says otherwise; the ports before it are the uplink's. */
  public static final int FIRST_PORT = 2;

  /** Locally administered, the letters SCR, then 16 bits for the worker. */
  private static final long MAC_PREFIX = 0x0253_4352_0000L;

  /** The sequencer's own address where nobody says otherwise. */
  public static final long SEQUENCER_MAC = MAC_PREFIX | 0xffff;

  public WorkerPort {
    if (worker < 0 || worker >= WireFormat.MAX_WORKERS) {
      throw new IllegalArgumentException(
          "worker=" + worker + " is not in 0.." + (WireFormat.MAX_WORKERS - 1));
    }
    if (port < 1 || port > 510) {
      throw new IllegalArgumentException("port=" + port + " is not in 1..510");
    }
  }

  /** Worker w on port w + 2, with a MAC address that says its number. */
  public static WorkerPort defaultOf(int worker) {
    return new WorkerPort(worker, worker + FIRST_PORT, MAC_PREFIX | worker, SEQUENCER_MAC);
  }

  /** A MAC address as people write it. */
  public static String macText(long mac) {
    StringBuilder text = new StringBuilder();
    for (int shift = 40; shift >= 0; shift -= 8) {
      text.append("%02x".formatted(mac >> shift & 0xff)).append(shift == 0 ? "" : ":");
    }
    return text.toString();
  }
}
