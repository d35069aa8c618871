package dev.scr.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.controlplane.session.SwitchAddress;
import dev.scr.endtoend.MininetNetwork.Received;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.wire.FrameCheck;
import dev.scr.wire.HistoryView;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * BMv2 in Mininet, set up by the controller over P4Runtime: every worker gets the packets of its
 * turn, untouched, behind the history that it needs.
 */
class SequencerInMininetTest {
  private static final int WORKERS = 3;
  private static final int DEPTH = 4;
  private static final int IPV4_OFFSET = 14;
  private static final int SOURCE_OFFSET = IPV4_OFFSET + 12;

  @TempDir Path folder;

  /** A UDP packet whose source address is its number. */
  private static byte[] packet(int number, int payloadBytes) {
    ByteBuffer frame = ByteBuffer.allocate(IPV4_OFFSET + 28 + payloadBytes);
    frame.putShort((short) 0x0200).putInt(1).putShort((short) 0x0200).putInt(2);
    frame.putShort((short) 0x0800);
    frame.put((byte) 0x45).put((byte) 0).putShort((short) (28 + payloadBytes)).putInt(0);
    frame.put((byte) 64).put((byte) 17).putShort((short) 0).putInt(number).putInt(0x0a000001);
    frame.putShort((short) 4000).putShort((short) 53).putShort((short) (8 + payloadBytes));
    frame.putShort((short) 0);
    while (frame.hasRemaining()) {
      frame.put((byte) number);
    }
    return frame.array();
  }

  @Test
  void bmv2SequencesForEveryWorker() throws Exception {
    MininetNetwork.assumePossible();
    Optional<Path> bmv2 = MininetNetwork.onPath("simple_switch_grpc");
    assumeTrue(bmv2.isPresent(), "BMv2: simple_switch_grpc is not installed");
    List<String> command =
        List.of(
            bmv2.get().toString(),
            "--no-p4",
            "{interfaces}",
            "--device-id",
            "1",
            "--log-level",
            "warn",
            "--log-console",
            "--",
            "--grpc-server-addr",
            "127.0.0.1:" + MininetNetwork.P4RUNTIME_PORT);
    try (MininetNetwork network = MininetNetwork.start(folder, WORKERS, command);
        NamespaceRelay relay =
            new NamespaceRelay(network.namespace(), MininetNetwork.P4RUNTIME_PORT);
        P4RuntimeSession session =
            P4RuntimeSession.connect(
                SessionOptions.of(new SwitchAddress("127.0.0.1", relay.port())))) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(SequencerPipeline.of(PacketProgram.DDOS), false);
      controller.setDepthAndWorkers(DEPTH, WORKERS, false);
      List<byte[]> packets = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        packets.add(packet(0x0a010000 + i, 18 + (i * 37) % 1400));
      }
      Received received = network.send(packets);
      assertEquals(0, received.stalls());
      for (int worker = 0; worker < WORKERS; worker++) {
        check(worker, received.at("w" + worker), packets);
      }
      assertEquals(300, controller.counters().sequenced());
    }
  }

  private static void check(int worker, List<byte[]> frames, List<byte[]> packets) {
    assertEquals(packets.size() / WORKERS, frames.size(), "frames of worker " + worker);
    HistoryView view = new HistoryView();
    for (int turn = 0; turn < frames.size(); turn++) {
      byte[] frame = frames.get(turn);
      String where = "worker " + worker + " turn " + turn;
      view.wrap(frame, frame.length);
      FrameCheck verdict = view.check(PacketProgram.DDOS.id(), PacketProgram.DDOS.slotBytes());
      assertEquals(FrameCheck.ACCEPTED, verdict, where);
      int number = worker + turn * WORKERS;
      assertEquals(worker, view.worker(), where);
      assertEquals(number + 1, view.sequence(), where);
      byte[] original = packets.get(number);
      int at = view.originalOffset();
      assertArrayEquals(original, Arrays.copyOfRange(frame, at, at + view.originalLength()), where);
      assertEquals(Math.min(DEPTH, number), view.valid(), where);
      for (int age = 1; age <= view.valid(); age++) {
        byte[] earlier = packets.get(number - age);
        int slot = view.slotOffset(age);
        assertArrayEquals(
            Arrays.copyOfRange(earlier, SOURCE_OFFSET, SOURCE_OFFSET + 4),
            Arrays.copyOfRange(frame, slot, slot + 4),
            where + " age " + age);
      }
    }
  }
}
