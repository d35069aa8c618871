package dev.scr.hosts.sequencer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.Seeds;
import dev.scr.hosts.sequencer.Extraction.Relevance;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.FrameCheck;
import dev.scr.wire.HistoryView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The rules of the wire format, with a toy extraction: the first byte of a packet is its metadata.
 */
class ReferenceSequencerTest {
  private static final int PROGRAM = 9;
  private static final int MAX_DEPTH = 20;
  private static final SequencerPipeline PIPELINE =
      new SequencerPipeline("toy", PROGRAM, 1, MAX_DEPTH, new byte[0], "");

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Sent(int port, byte[] frame) {}

  private final List<Sent> sent = new ArrayList<>();

  private static Relevance firstByte(byte[] frame, int length, long timestampNs, byte[] metadata) {
    metadata[0] = frame[0];
    return switch (frame[0]) {
      case 'm' -> Relevance.MALFORMED;
      case 'i' -> Relevance.IRRELEVANT;
      default -> Relevance.RELEVANT;
    };
  }

  private static ReferenceSequencer sequencer(SequencerSettings settings) {
    ReferenceSequencer sequencer =
        new ReferenceSequencer(PIPELINE, ReferenceSequencerTest::firstByte);
    sequencer.ports(IntStream.range(0, 16).mapToObj(WorkerPort::defaultOf).toList());
    sequencer.configure(settings);
    return sequencer;
  }

  private Outcome send(ReferenceSequencer sequencer, char first) {
    byte[] packet = {(byte) first, 1, 2, 3};
    return sequencer.process(
        packet,
        packet.length,
        5_000,
        (port, f, n) -> sent.add(new Sent(port, Arrays.copyOf(f, n))));
  }

  private static HistoryView view(Sent frame) {
    return new HistoryView().wrap(frame.frame(), frame.frame().length);
  }

  @Test
  void spraysRoundRobinAndCarriesTheRing() {
    ReferenceSequencer sequencer = sequencer(SequencerSettings.first(3, 3));
    "abcde".chars().forEach(c -> send(sequencer, (char) c));
    assertEquals(List.of(2, 3, 4, 2, 3), sent.stream().map(Sent::port).toList());
    HistoryView fifth = view(sent.getLast());
    assertEquals(FrameCheck.ACCEPTED, fifth.check(PROGRAM, 1));
    assertEquals(5, fifth.sequence());
    assertEquals(1, fifth.oldest());
    assertEquals(3, fifth.valid());
    assertArrayEquals(
        "dbc".getBytes(StandardCharsets.US_ASCII),
        Arrays.copyOfRange(sent.getLast().frame(), 40, 43));
    assertArrayEquals(
        new byte[] {'e', 1, 2, 3}, Arrays.copyOfRange(sent.getLast().frame(), 43, 47));
  }

  @Test
  void whatIsNotSequencedTakesNoNumber() {
    ReferenceSequencer sequencer = sequencer(new SequencerSettings(1, 2, 2, 40 + 2 + 4, 1));
    assertEquals(Outcome.SEQUENCED, send(sequencer, 'a'));
    assertEquals(Outcome.DROPPED_MALFORMED, send(sequencer, 'm'));
    assertEquals(Outcome.PASSED_THROUGH, send(sequencer, 'i'));
    byte[] tooLong = {'a', 1, 2, 3, 4};
    assertEquals(Outcome.DROPPED_OVERSIZED, sequencer.process(tooLong, 5, 0, (port, f, n) -> {}));
    assertEquals(Outcome.SEQUENCED, send(sequencer, 'b'));
    assertEquals(2, view(sent.getLast()).sequence());
    assertEquals(1, view(sent.getLast()).worker());
    assertEquals(1, sequencer.count(Outcome.PASSED_THROUGH));
    assertEquals(2, sequencer.count(Outcome.SEQUENCED));
  }

  @Test
  void withoutConfigurationOrPortNothingIsSequenced() {
    ReferenceSequencer unset = sequencer(SequencerSettings.UNCONFIGURED);
    assertEquals(Outcome.DROPPED_OVERSIZED, send(unset, 'a'));
    assertEquals(Outcome.DROPPED_UNMAPPED, send(unset, 'i'));
    ReferenceSequencer noPorts = sequencer(SequencerSettings.first(0, 1));
    noPorts.ports(List.of());
    assertEquals(Outcome.DROPPED_UNMAPPED, send(noPorts, 'a'));
    assertTrue(sent.isEmpty());
  }

  @Test
  void depthBeyondTheRingIsRefused() {
    ReferenceSequencer sequencer = sequencer(SequencerSettings.first(0, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> sequencer.configure(SequencerSettings.first(MAX_DEPTH + 1, 1)));
  }

  /**
   * Under any change of the settings: every valid slot holds the packet that its place says, a
   * worker that was served before never misses a packet, and in the end the settings are what was
   * asked for.
   */
  @Test
  void changesOfTheSettingsAreNotNoticedByReplicas() {
    Seeds.forAll(seed -> {
      sent.clear();
      SplittableRandom random = new SplittableRandom(seed);
      int workers = 1 + random.nextInt(16);
      SequencerSettings settings =
          SequencerSettings.first(SequencerSettings.depthFor(workers), workers);
      ReferenceSequencer sequencer = sequencer(settings);
      Map<Integer, Byte> metadata = new HashMap<>();
      for (int packet = 0; packet < 500; packet++) {
        if (random.nextInt(20) == 0) {
          int next = 1 + random.nextInt(16);
          int least = SequencerSettings.depthFor(next);
          settings = settings.next(least + random.nextInt(MAX_DEPTH + 1 - least), next);
          sequencer.configure(settings);
        }
        char first = (char) ('a' + random.nextInt(8));
        send(sequencer, first);
        metadata.put(packet + 1, (byte) first);
      }
      assertHistoryIsRight(metadata);
      for (int packet = 0; packet < 100; packet++) {
        send(sequencer, 'z');
      }
      HistoryView last = view(sent.getLast());
      assertEquals(settings.epoch(), last.epoch());
      assertEquals(settings.depth(), last.slots());
      assertEquals(settings.depth(), last.valid());
      assertEquals(settings.workers(), sequencer.state().workers());
    });
  }

  private void assertHistoryIsRight(Map<Integer, Byte> metadata) {
    Map<Integer, Integer> applied = new HashMap<>();
    for (Sent frame : sent) {
      HistoryView view = view(frame);
      assertEquals(FrameCheck.ACCEPTED, view.check(PROGRAM, 1));
      for (int age = 1; age <= view.valid(); age++) {
        assertEquals(
            metadata.get(view.sequence() - age), (Byte) frame.frame()[view.slotOffset(age)]);
      }
      Integer before = applied.put(view.worker(), view.sequence());
      boolean continuing = before != null && servedSince(before, view);
      assertTrue(
          !continuing || view.sequence() - before - 1 <= view.valid(),
          () -> "worker " + view.worker() + " misses a packet at " + view.sequence());
    }
  }

  /** Whether a worker has been in the round robin all the time since its last packet. */
  private boolean servedSince(int before, HistoryView now) {
    return sent.subList(before, now.sequence() - 1).stream()
        .map(ReferenceSequencerTest::view)
        .noneMatch(view -> sequenceRestartsRoundRobinWithout(now.worker(), view));
  }

  /**
   * A frame to worker 0 right after a frame to a worker below ours means that ours was left out.
   */
  private boolean sequenceRestartsRoundRobinWithout(int worker, HistoryView view) {
    if (view.worker() != 0 || view.sequence() < 2) {
      return false;
    }
    return view(sent.get(view.sequence() - 2)).worker() < worker;
  }
}
