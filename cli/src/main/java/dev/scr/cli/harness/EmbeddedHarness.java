package dev.scr.cli.harness;

import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.hosts.trace.Trace;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.SwitchOptions;
import dev.scr.softswitch.server.P4RuntimeServer;
import dev.scr.wire.ControlFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.IntConsumer;

/** The embedded switch: packets go through it by a call, P4Runtime by loopback. */
final class EmbeddedHarness implements SwitchHarness {
  private final EmbeddedSwitch embedded =
      new EmbeddedSwitch(DEVICE_ID, SwitchOptions.defaults().withCpuPort(ControlFrame.CPU_PORT));
  private final P4RuntimeServer server;

  EmbeddedHarness() {
    try {
      server =
          P4RuntimeServer.start(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), embedded);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public SwitchAddress p4runtime() {
    return new SwitchAddress("127.0.0.1", server.port());
  }

  @Override
  public void send(int port, Trace trace, int from, int to, FrameSink out, IntConsumer progress) {
    byte[] packet = new byte[trace.maxLength()];
    SinkAdapter sink = new SinkAdapter(out);
    for (int i = from; i < to; i++) {
      int length = trace.copyTo(i, packet);
      embedded.process(port, packet, length, embedded.uptimeMicros(), sink);
      progress.accept(i);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
