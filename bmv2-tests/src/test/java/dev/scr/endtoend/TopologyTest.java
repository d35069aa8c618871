package dev.scr.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.endtoend.MininetNetwork.Received;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network itself, with a switch that only forwards. */
class TopologyTest {
  @TempDir Path folder;

  private static final List<String> SPRAY =
      List.of(
          "/usr/bin/python3",
          MininetNetwork.script("spray_switch.py").toString(),
          "{interfaces}",
          "--listen",
          "127.0.0.1:" + MininetNetwork.P4RUNTIME_PORT);

  @Test
  void framesArriveUnchangedAndInOrder() throws Exception {
    MininetNetwork.assumePossible();
    List<byte[]> frames = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 1000; i++) {
      byte[] frame = new byte[14 + random.nextInt(9000)];
      random.nextBytes(frame);
      frame[0] = 2;
      // Every third one has a VLAN tag, which Linux hides from whoever doesn't ask.
      frame[12] = (byte) (i % 3 == 0 ? 0x81 : 0x88);
      frame[13] = (byte) (i % 3 == 0 ? 0x00 : 0xb5);
      frames.add(i % 3 == 0 && frame.length < 18 ? new byte[60] : frame);
    }
    try (MininetNetwork network = MininetNetwork.start(folder, 2, SPRAY)) {
      Received received = network.send(frames);
      assertEquals(0, received.stalls());
      assertEquals(List.of(), received.at("h1"));
      for (int i = 0; i < 1000; i++) {
        assertArrayEquals(frames.get(i), received.at("w" + i % 2).get(i / 2), "frame " + i);
      }
      assertEquals(1, network.send(frames.subList(0, 1)).at("w0").size());
    }
  }

  @Test
  void switchThatDoesNotStartIsReportedWithItsWords() throws Exception {
    MininetNetwork.assumePossible();
    IOException failure =
        assertThrows(
            IOException.class,
            () ->
                MininetNetwork.start(
                    folder, 1, List.of("/usr/bin/python3", "/no/such/switch.py", "{interfaces}")));
    assertTrue(failure.toString().contains("ended with status 2; it said:"), failure::toString);
    assertTrue(failure.toString().contains("/no/such/switch.py"), failure::toString);
  }
}
