package dev.scr.linux.xdp;

import static dev.scr.linux.bpf.Instructions.exit;
import static dev.scr.linux.bpf.Instructions.move;
import static dev.scr.linux.bpf.Instructions.program;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.VethPair;
import dev.scr.linux.bpf.BpfProgram;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.linux.bpf.ProgramSpec;
import dev.scr.linux.bpf.ProgramType;
import dev.scr.linux.bpf.XdpLink;
import dev.scr.linux.net.MacAddress;
import dev.scr.linux.net.NetworkLink;
import dev.scr.linux.packet.PacketSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveFramesTest {
  private static final int XDP_PASS = 2;

  private static byte[] frame(int length, int number) {
    byte[] frame = new byte[length];
    Arrays.fill(frame, (byte) number);
    frame[0] = 2;
    frame[12] = (byte) 0x88;
    frame[13] = (byte) 0xb5;
    return frame;
  }

  @Test
  void framesOfAnyLengthArriveInOrderAndRoundAgain() throws Exception {
    try (VethPair pair = VethPair.create()) {
      Probe live = Feature.LIVE_FRAMES.probe();
      assumeTrue(live instanceof Probe.Available, () -> "live frames: " + live);
      pair.inside(() -> {
        roundTrip();
        return 0;
      });
    }
  }

  private static void roundTrip() {
    NetworkLink left = NetworkLink.named("left");
    List<LiveFrames.Outgoing> frames = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      frames.add(new LiveFrames.Outgoing(frame(60 + 211 * i, i), left));
    }
    ProgramSpec passing =
        ProgramSpec.of("pass", ProgramType.XDP, "GPL", program(move(0, XDP_PASS), exit()));
    try (BpfProgram pass = BpfProgram.load(passing);
        XdpLink attached = XdpLink.attach(pass, NetworkLink.named("right"), XdpLink.Mode.DRIVER);
        LiveFrames live = LiveFrames.prepare(frames);
        PacketSocket right = PacketSocket.open("right")) {
      assertTrue(attached.toString().contains("right"));
      for (int sent = 0; sent < 150; ) {
        assertTrue(live.send(50) > 0);
        for (int i = 0; i < 50; i++, sent++) {
          byte[] found = right.receive(Duration.ofSeconds(2)).orElseThrow().bytes();
          assertArrayEquals(frame(60 + 211 * (sent % 7), sent % 7), found, "frame " + sent);
        }
      }
      assertEquals(150, right.statistics().received());
    }
  }

  @Test
  void lengthsAreChecked() {
    NetworkLink anywhere = new NetworkLink("x", 1, 1500, new MacAddress(0), true, true, true);
    var tooLong =
        assertThrows(
            IllegalArgumentException.class,
            () -> LiveFrames.prepare(List.of(new LiveFrames.Outgoing(new byte[4000], anywhere))));
    assertEquals("live frame: expected 14 to 3392 bytes, found 4000", tooLong.getMessage());
    assertThrows(IllegalArgumentException.class, () -> LiveFrames.prepare(List.of()));
  }
}
