package dev.scr.cli;

import dev.scr.p4runtime.P4InfoText;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.SwitchOptions;
import dev.scr.softswitch.SwitchPipeline;
import dev.scr.softswitch.server.P4RuntimeServer;
import dev.scr.wire.ControlFrame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An embedded switch as device 1, which can be restarted without its memory at its address. */
final class RunningSwitch implements AutoCloseable {
  private final int port;
  private EmbeddedSwitch embedded;
  private P4RuntimeServer server;

  RunningSwitch() throws IOException {
    embedded = blank();
    server = serve(0);
    port = server.port();
  }

  private static EmbeddedSwitch blank() {
    return new EmbeddedSwitch(1, SwitchOptions.defaults().withCpuPort(ControlFrame.CPU_PORT));
  }

  private P4RuntimeServer serve(int at) throws IOException {
    return P4RuntimeServer.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), at), embedded);
  }

  String target() {
    return "127.0.0.1:" + port;
  }

  /** Has it run a program named {@code forwarder} that is no sequencer as far as P4Info says. */
  void loadForwarder() {
    String name = "forwarder";
    embedded.loadPipeline(
        SwitchPipeline.load(
            name,
            SequencerPipeline.of(PacketProgram.DDOS).deviceConfig(),
            P4InfoText.parse("pkg_info { name: \"" + name + "\" }", name),
            embedded.options()));
  }

  /** Goes down: all streams break, and nobody answers. */
  void stop() {
    server.close();
  }

  /** Comes up again, without a pipeline. */
  void startBlank() throws IOException {
    embedded = blank();
    server = serve(port);
  }

  /** A command of {@code scr ctl} with this switch. */
  Run ctl(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("ctl", "--target", target()));
    all.addAll(Arrays.asList(arguments));
    return Run.of(all.toArray());
  }

  @Override
  public void close() {
    server.close();
  }
}
