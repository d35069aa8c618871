package dev.scr.ebpf.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FreeRecordsTest {
  @Test
  void everyRecordIsGivenOutOnce() {
    long seed = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
    SplittableRandom random = new SplittableRandom(seed);
    for (int count : new int[] {1, 2, 4, 16, 64}) {
      FreeRecords free = new FreeRecords(count);
      TreeSet<Integer> taken = new TreeSet<>();
      for (int step = 0; step < 20_000; step++) {
        String where = "seed " + seed + ", " + count + " records, step " + step;
        // Full and empty again and again, as errors of a stack show at its ends.
        boolean fills = step / (4 * count) % 2 == 0;
        if (taken.size() < count && (taken.isEmpty() || random.nextInt(4) == 0 != fills)) {
          int preferred = random.nextInt(count);
          int number = free.take(preferred);
          assertTrue(taken.contains(preferred) || number == preferred, where);
          assertTrue(number >= 0 && number < count && taken.add(number), where);
        } else {
          Integer from = taken.ceiling(random.nextInt(count));
          int number = from == null ? taken.first() : from;
          taken.remove(number);
          free.give(number);
        }
        int asked = random.nextInt(count);
        assertEquals(taken.contains(asked), free.isTaken(asked), where);
      }
    }
  }
}
