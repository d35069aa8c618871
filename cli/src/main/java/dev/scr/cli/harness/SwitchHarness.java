package dev.scr.cli.harness;

import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.hosts.trace.Trace;
import java.util.function.IntConsumer;

/** A running switch whose ports are in our hands. For one thread, besides its P4Runtime server. */
public interface SwitchHarness extends AutoCloseable {
  /** Device id of the switch for P4Runtime. */
  long DEVICE_ID = 1;

  /** Where it serves P4Runtime. */
  SwitchAddress p4runtime();

  /**
   * Sends packets of a trace into a port, and everything that comes out to the sink, frame by frame
   * in the order of each port. Returns when no more can come out.
   *
   * @param from number of the first packet
   * @param to number of the packet after the last
   * @param progress is told the number of each packet that has been sent
   */
  void send(int port, Trace trace, int from, int to, FrameSink out, IntConsumer progress)
      throws InterruptedException;

  @Override
  void close();
}
