package dev.scr.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.ebpf.machine.Engine;
import dev.scr.endtoend.MininetNetwork.Received;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.ScrField;
import dev.scr.wire.WireFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A switch in Mininet, set up by the controller over P4Runtime, against the reference sequencer:
 * every host gets the same bytes in the same order, also across changes of the settings while
 * traffic goes on. Times are the switch's own and masked.
 */
class SequencerInMininetTest {
  private static final int MOST_WORKERS = 4;
  private static final long SEED = Long.getLong("seed", 20260101);

  /** Depth and workers, one after the other. */
  private static final int[][] SETTINGS = {{2, 3}, {6, 4}, {1, 2}, {0, 1}};

  private static final int PACKETS_PER_SETTING = 250;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"BMV2, DDOS", "BMV2, PORTKNOCK", "EMBEDDED, DDOS", "EMBEDDED, PORTKNOCK"})
  void hostsGetWhatTheReferenceSends(TestedSwitch tested, PacketProgram program) throws Exception {
    MininetNetwork.assumePossible();
    SequencerPipeline pipeline = SequencerPipeline.of(program);
    try (MininetNetwork network = MininetNetwork.start(folder, MOST_WORKERS, tested.command());
        NamespaceRelay relay =
            new NamespaceRelay(network.namespace(), MininetNetwork.P4RUNTIME_PORT);
        P4RuntimeSession session =
            P4RuntimeSession.connect(
                SessionOptions.of(new SwitchAddress("127.0.0.1", relay.port())));
        MetadataExtraction extraction =
            new MetadataExtraction(ProgramObject.of(program), Engine.INTERPRETER)) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(pipeline, false);
      ReferenceSequencer reference = new ReferenceSequencer(pipeline, extraction);
      List<byte[]> packets = packets();
      for (int i = 0; i < SETTINGS.length; i++) {
        SequencerSettings settings =
            controller.setDepthAndWorkers(SETTINGS[i][0], SETTINGS[i][1], false);
        // The controller takes ports away when nobody needs them, the reference may keep them.
        reference.ports(IntStream.range(0, MOST_WORKERS).mapToObj(WorkerPort::defaultOf).toList());
        reference.configure(settings);
        int from = i * PACKETS_PER_SETTING;
        compare(reference, network, packets.subList(from, from + PACKETS_PER_SETTING), settings);
      }
      // Some of the mixed packets are no traffic of the program, but not most of them.
      assertTrue(reference.count(Outcome.SEQUENCED) > packets.size() / 2);
      assertEquals(reference.count(Outcome.SEQUENCED), controller.counters().sequenced());
      assertEquals(reference.count(Outcome.PASSED_THROUGH), controller.counters().passedThrough());
    }
  }

  /** Everything that a port may see, but for what is too short for a network card to send. */
  private static List<byte[]> packets() {
    int wanted = SETTINGS.length * PACKETS_PER_SETTING;
    Trace trace =
        TraceGenerator.generate(new TraceSpec(TraceKind.MIXED, wanted * 2, 50, 200, SEED));
    return IntStream.range(0, trace.size())
        .mapToObj(trace::bytes)
        .filter(packet -> packet.length >= 14)
        .limit(wanted)
        .toList();
  }

  private static void compare(
      ReferenceSequencer reference,
      MininetNetwork network,
      List<byte[]> packets,
      SequencerSettings settings)
      throws Exception {
    Map<Integer, List<byte[]>> expected = new HashMap<>();
    for (byte[] packet : packets) {
      reference.process(
          packet,
          packet.length,
          0,
          (port, frame, length) ->
              expected
                  .computeIfAbsent(port, _ -> new ArrayList<>())
                  .add(Arrays.copyOf(frame, length)));
    }
    Received received = network.send(packets);
    for (int port = SequencerSettings.UPLINK_PORT; port <= MOST_WORKERS + 1; port++) {
      String host = port == SequencerSettings.UPLINK_PORT ? "h1" : "w" + (port - 2);
      String where = "seed " + SEED + ", " + settings + ", " + host;
      compare(expected.getOrDefault(port, List.of()), received.at(host), where);
    }
  }

  private static void compare(List<byte[]> expected, List<byte[]> found, String where) {
    for (int i = 0; i < Math.min(expected.size(), found.size()); i++) {
      assertArrayEquals(expected.get(i), timeless(found.get(i)), where + ", frame " + i);
    }
    assertEquals(expected.size(), found.size(), where + ": frames");
  }

  private static byte[] timeless(byte[] frame) {
    int type = ScrField.OUTER_ETHER_TYPE.offset();
    boolean sequenced =
        frame.length >= WireFormat.HEADER_BYTES
            && (((frame[type] & 0xff) << 8) | (frame[type + 1] & 0xff)) == WireFormat.ETHERTYPE_SCR;
    if (!sequenced) {
      return frame;
    }
    byte[] masked = frame.clone();
    int time = ScrField.TIMESTAMP.offset();
    Arrays.fill(masked, time, time + ScrField.TIMESTAMP.bytes(), (byte) 0);
    return masked;
  }
}
