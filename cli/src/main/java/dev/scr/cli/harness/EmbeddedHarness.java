package dev.scr.cli.harness;

import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.hosts.trace.Trace;
import java.util.function.IntConsumer;

final class EmbeddedHarness implements SwitchHarness {
  @Override
  public SwitchAddress p4runtime() {
    throw new IllegalStateException();
  }

  @Override
  public void send(int port, Trace trace, int from, int to, FrameSink out, IntConsumer progress) {}

  @Override
  public void close() {}
}
