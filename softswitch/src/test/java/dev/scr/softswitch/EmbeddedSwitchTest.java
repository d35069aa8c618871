package dev.scr.softswitch;

import static dev.scr.softswitch.Fixture.count;
import static dev.scr.softswitch.Fixture.send;
import static dev.scr.softswitch.Fixture.shown;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.program.Program;
import dev.scr.softswitch.state.CloneSession;
import dev.scr.softswitch.state.Replica;
import dev.scr.softswitch.stf.StfTarget.Frame;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class EmbeddedSwitchTest {

  @Test
  void dropsEverythingWithoutAPipeline() {
    EmbeddedSwitch device = new EmbeddedSwitch(7, SwitchOptions.defaults());
    assertEquals("", shown(send(device, 1, "01 03 0000 00000000 000000000000")));
    assertEquals(1, count(device, Event.NO_PIPELINE));
  }

  @Test
  void refusesDeviceZero() {
    assertThrows(
        IllegalArgumentException.class, () -> new EmbeddedSwitch(0, SwitchOptions.defaults()));
  }

  @Test
  void dropsAndCountsWhatGrowsBeyondTheLimit() {
    String grows = "1c 01 0000 00000000 000000000000";
    assertEquals(1, send(Fixture.device(), 1, grows).size());

    EmbeddedSwitch small = new EmbeddedSwitch(1, Fixture.options().withMaxGrowthBytes(63));
    small.loadPipeline(Fixture.pipeline());
    assertEquals("", shown(send(small, 1, grows)));
    assertEquals(1, count(small, Event.GROWTH_EXCEEDED));

    EmbeddedSwitch exact = new EmbeddedSwitch(1, Fixture.options().withMaxGrowthBytes(64));
    exact.loadPipeline(Fixture.pipeline());
    assertEquals(1, send(exact, 1, grows).size());
  }

  @Test
  void skipsAndCountsIndicesOutOfRange() {
    EmbeddedSwitch device = Fixture.device();
    assertEquals(
        "1:2001000800000000000000000000",
        shown(send(device, 1, "20 01 0008 00000000 000000000000")));
    assertEquals(3, count(device, Event.INDEX_OUT_OF_RANGE));
  }

  @Test
  void dropsAndCountsPacketsThatBreakAnAssertion() {
    EmbeddedSwitch device = Fixture.device();
    assertEquals(1, send(device, 1, "11 01 0001 00000000 000000000000").size());
    assertEquals("", shown(send(device, 1, "11 01 0000 00000000 000000000000")));
    assertEquals(1, count(device, Event.ASSERTION_FAILED));
  }

  @Test
  void drawsRandomNumbersInRangeAndTheSameForTheSameSeed() {
    Set<String> seen = new TreeSet<>();
    List<String> first = draws(5);
    seen.addAll(first);
    assertEquals(Set.of("00000005", "00000006", "00000007", "00000008", "00000009"), seen);
    assertEquals(first, draws(5));
  }

  private static List<String> draws(long seed) {
    EmbeddedSwitch device = new EmbeddedSwitch(1, Fixture.options().withSeed(seed));
    device.loadPipeline(
        SwitchPipeline.load(
            "features.json", Fixture.json(), Fixture.p4Info(), Fixture.options().withSeed(seed)));
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Frame frame = send(device, 1, "0d 01 0000 00000000 000000000000").getFirst();
      values.add(HexFormat.of().formatHex(frame.bytes(), 4, 8));
    }
    return values;
  }

  @Test
  void endsChainsOfClones() {
    // Clones of this packet at egress are packets of the same kind: type 2, so they do not clone
    // again. A limit of one pass forbids even the first clone.
    SwitchOptions options = new SwitchOptions(Fixture.options().cpuPort(), 512, 1, 1);
    EmbeddedSwitch device = new EmbeddedSwitch(1, options);
    device.loadPipeline(Fixture.pipeline());
    device
        .replication()
        .insertSession(5, new CloneSession(List.of(new Replica(4, 0)), 0, 0, false));
    assertEquals(
        "3:0703000500000000 00000000000e".replace(" ", ""),
        shown(send(device, 1, "07 03 0005 00000000 000000000000")));
    assertEquals(1, count(device, Event.TOO_MANY_PASSES));
    assertEquals("", shown(send(device, 1, "06 02 ffff 00000000 000000000000")));
    assertEquals(2, count(device, Event.TOO_MANY_PASSES));
  }

  @Test
  void cutsClonesToTheLengthOfTheirSession() {
    EmbeddedSwitch device = Fixture.device();
    device
        .replication()
        .insertSession(5, new CloneSession(List.of(new Replica(4, 9)), 0, 3, false));
    assertEquals(
        "4:040200 2:0402000500000000000000000000".replace("  ", " "),
        shown(send(device, 1, "04 02 0005 00000000 010203040506")));
  }

  @Test
  void givesPacketsForTheCpuPortToTheControlPlane() {
    EmbeddedSwitch device = Fixture.device();
    List<String> heard = new ArrayList<>();
    device.attach(
        new EmbeddedSwitch.ControlPlane() {
          @Override
          public void packetIn(byte[] bytes, int offset, int length) {
            heard.add(HexFormat.of().formatHex(bytes, offset, offset + length));
          }

          @Override
          public void digest(Program.LearnList list, Packet packet) {
            heard.add(list.name() + " " + list.fields().getFirst().exact(packet));
          }
        });
    assertEquals("", shown(send(device, 3, "19 01 0005 00000000 000000000000")));
    assertEquals(
        "2:0b020000000000000000000000ff",
        shown(send(device, 3, "0b 02 0000 00000000 0000000000ff")));
    assertEquals(List.of("01851901000500000000000000000000", "learn_t 255"), heard);
    assertEquals(1, count(device, Event.PACKET_IN));
  }

  @Test
  void sendsPacketsOfTheControlPlaneToTheConnectedPorts() {
    EmbeddedSwitch device = Fixture.device();
    List<String> out = new ArrayList<>();
    device.connect((port, bytes, offset, length) ->
        out.add(port + ":" + HexFormat.of().formatHex(bytes, offset, offset + length)));
    device.packetOut(Fixture.hex("0300 01 07 0000 00000000 000000000000 aa"));
    assertEquals(List.of("6:0107000000000000000000000000aa"), out);
  }

  @Test
  void keepsPacketsApartFromChangesOfTheControlPlane() throws InterruptedException {
    EmbeddedSwitch device = Fixture.device();
    AtomicBoolean stop = new AtomicBoolean();
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              while (!stop.get()) {
                device.loadPipeline(Fixture.pipeline());
              }
            });
    try {
      long last = 0;
      for (int i = 0; i < 2000; i++) {
        // The register starts at 0 in each new pipeline, so its value is 1 or one more than before.
        List<Frame> frames = send(device, 1, "08 01 0002 00000001 000000000000");
        assertEquals(1, frames.size());
        String value = HexFormat.of().formatHex(frames.getFirst().bytes(), 4, 8);
        long next = Long.parseLong(value, 16);
        assertTrue(next == 1 || next == last + 1, "after " + last + " came " + next);
        last = next;
      }
    } finally {
      stop.set(true);
      writer.join();
    }
  }
}
