package dev.scr.softswitch;

import dev.scr.p4runtime.P4InfoText;
import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.stf.StfTarget.Frame;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.p4.config.v1.P4Info;

/** The P4 program that the tests share: features.p4, compiled, and packets for it. */
public final class Fixture {

  public static final int CPU_PORT = 510;

  private Fixture() {}

  public static byte[] resource(String name) {
    try (InputStream in = Fixture.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new AssertionError("no resource " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String text(String name) {
    return new String(resource(name), StandardCharsets.UTF_8);
  }

  public static byte[] json() {
    return resource("features.json");
  }

  public static P4Info p4Info() {
    return P4InfoText.parse(text("features.p4info.txtpb"), "features.p4info.txtpb");
  }

  public static SwitchOptions options() {
    return SwitchOptions.defaults().withCpuPort(CPU_PORT);
  }

  public static SwitchPipeline pipeline() {
    return SwitchPipeline.load("features.json", json(), p4Info(), options());
  }

  /** A switch that runs the program. */
  public static EmbeddedSwitch device() {
    EmbeddedSwitch device = new EmbeddedSwitch(1, options());
    device.loadPipeline(pipeline());
    return device;
  }

  /** The bytes of hexadecimal digits with spaces. */
  public static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  /** What comes out for one frame. */
  public static List<Frame> send(EmbeddedSwitch device, int port, String digits) {
    List<Frame> frames = new ArrayList<>();
    byte[] frame = hex(digits);
    device.process(
        port,
        frame,
        frame.length,
        device.uptimeMicros(),
        (out, bytes, offset, length) ->
            frames.add(new Frame(out, Arrays.copyOfRange(bytes, offset, offset + length))));
    return frames;
  }

  /** As {@code port:hex port:hex}. */
  public static String shown(List<Frame> frames) {
    StringBuilder text = new StringBuilder();
    for (Frame frame : frames) {
      text.append(text.isEmpty() ? "" : " ")
          .append(frame.port())
          .append(':')
          .append(HexFormat.of().formatHex(frame.bytes()));
    }
    return text.toString();
  }

  public static long count(EmbeddedSwitch device, Event event) {
    return device.events().getOrDefault(event, 0L);
  }

  /** How many cases a random test runs. */
  public static int seeds() {
    return Integer.getInteger("scr.seeds", 200);
  }
}
