package dev.scr.cli.harness;

import dev.scr.controlplane.dataplane.PortStream;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.hosts.trace.Trace;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * BMv2 with its ports on a gRPC stream, which needs neither root nor network devices.
 *
 * <p>Its egress queues hold 64 frames per port and drop what comes beyond, so no more than a window
 * of frames is on its way at any time. A packet that leads to no frame (malformed, oversized) frees
 * its place in the window only when a later one comes out, or after a short silence.
 */
final class Bmv2Harness implements SwitchHarness {
  private static final int WINDOW = 48;
  private static final int OPENING_MS = 150;
  private static final int OPENING_ATTEMPTS = 20;
  private static final long SILENCE_NS = 150_000_000;

  private final Bmv2Process process;
  private @Nullable PortStream ports;
  private final AtomicReference<FrameSink> sink =
      new AtomicReference<>((port, frame, length) -> {});
  private long sent;
  private long received;
  private long vanished;
  private long lastReceivedNs;

  private Bmv2Harness(Bmv2Process process) {
    this.process = process;
  }

  static Bmv2Harness start() throws InterruptedException {
    return new Bmv2Harness(Bmv2Process.start(DEVICE_ID));
  }

  @Override
  public SwitchAddress p4runtime() {
    return process.p4runtime();
  }

  @Override
  public void send(int port, Trace trace, int from, int to, FrameSink out, IntConsumer progress)
      throws InterruptedException {
    sink.set(out);
    PortStream stream = ports();
    byte[] packet = new byte[trace.maxLength()];
    for (int i = from; i < to; i++) {
      awaitRoom();
      stream.send(port, packet, trace.copyTo(i, packet));
      sent++;
      progress.accept(i);
    }
    awaitSilence();
  }

  /** The ports, which BMv2 opens only when it has a pipeline to run. */
  private PortStream ports() throws InterruptedException {
    for (int attempt = 0; ports == null; attempt++) {
      PortStream stream = PortStream.open(process.dataplane(), DEVICE_ID, this::receive);
      Thread.sleep(OPENING_MS);
      if (stream.isOpen() || attempt == OPENING_ATTEMPTS) {
        ports = stream;
      } else {
        stream.close();
      }
    }
    return ports;
  }

  /** Waits until less than a window is on its way; after a silence, nothing is. */
  private synchronized void awaitRoom() throws InterruptedException {
    long start = System.nanoTime();
    while (sent - received - vanished >= WINDOW) {
      if (System.nanoTime() - Math.max(start, lastReceivedNs) > SILENCE_NS) {
        vanished = sent - received;
      } else {
        wait(20);
      }
    }
  }

  private synchronized void awaitSilence() throws InterruptedException {
    long start = System.nanoTime();
    while (System.nanoTime() - Math.max(start, lastReceivedNs) < SILENCE_NS) {
      wait(20);
    }
  }

  private void receive(int port, byte[] frame) {
    sink.get().frame(port, frame, frame.length);
    synchronized (this) {
      received++;
      lastReceivedNs = System.nanoTime();
      notifyAll();
    }
  }

  @Override
  public void close() {
    if (ports != null) {
      ports.close();
    }
    process.close();
  }
}
