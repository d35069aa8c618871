package dev.scr.hosts.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.scr.hosts.recovery.TinyWorker.Frame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The published loss cases of state-compute replication's artefact (two cores, frame s carries
 * packets s−1 and s, odd frames go to core 1): who recovers what, and what nobody has.
 *
 * <p>In one case the publication contradicts itself: where frames 1 and 2 are lost, its text says
 * that core 1 recovers packet 2, its log that the second core does. The algorithm demands core 2:
 * frame 3 brings packet 2 to core 1.
 */
class PublishedLossesTest {
  private static final int FRAMES = 10;

  @ParameterizedTest(name = "frames {0} lost")
  @CsvSource(
      delimiter = '|',
      value = {
        // lost frames | core 1 recovers | core 2 recovers | lost at both
        "''      |   ''  |   ''  |   ''",
        "1       |   1   |   ''  |   ''",
        "2       |   ''  |   1 2 |   ''",
        "3       |   2 3 |   ''  |   ''",
        "4       |   ''  |   3 4 |   ''",
        "1 2     |   ''  |   2   |   1",
        "3 4     |   2   |   4   |   3",
        "1 2 3   |   3   |   ''  |   1 2",
        "2 3 4   |   ''  |   1 4 |   2 3",
        "3 4 5 6 |   2   |   6   |   3 4 5",
      })
  void outcomeIsTheAlgorithms(String lost, String first, String second, String nowhere) {
    RecoveryGroup group =
        new RecoveryGroup(2, TinyWorker.ENTRY_BYTES, 0, RecoverySettings.DEFAULT, System::nanoTime);
    group.found(0);
    group.found(1);
    List<TinyWorker> cores = List.of(new TinyWorker(group, 0), new TinyWorker(group, 1));
    List<Long> lostFrames = numbers(lost);
    List<List<Frame>> queues = List.of(new ArrayList<>(), new ArrayList<>());
    for (long s = 1; s <= FRAMES; s++) {
      if (!lostFrames.contains(s)) {
        queues.get((int) (s + 1) % 2).add(new Frame(s, 1));
      }
    }
    boolean[] busy = new boolean[2];
    for (int turn = 0; turn < 20 * FRAMES; turn++) {
      int core = turn % 2;
      if (!busy[core] && !queues.get(core).isEmpty()) {
        cores.get(core).take(queues.get(core).removeFirst());
      }
      busy[core] = !cores.get(core).advance();
    }
    assertEquals(numbers(first), cores.get(0).recovered());
    assertEquals(numbers(second), cores.get(1).recovered());
    List<Long> in =
        LongStream.rangeClosed(1, FRAMES)
            .boxed()
            .filter(n -> !numbers(nowhere).contains(n))
            .toList();
    assertEquals(in.subList(0, in.size() - 1), cores.get(0).applied(), "core 1 ends with frame 9");
    assertEquals(in, cores.get(1).applied());
  }

  private static List<Long> numbers(String text) {
    return Arrays.stream(text.split(" ")).filter(s -> !s.isEmpty()).map(Long::valueOf).toList();
  }
}
