package dev.scr.k2.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Lines of two texts that stand for each other. */
class TextMatchTest {
  private static final long SEED = Long.getLong("seed", 20261126);

  private static List<Integer> text(SplittableRandom random) {
    List<Integer> text = new ArrayList<>();
    int size = random.nextInt(14);
    for (int i = 0; i < size; i++) {
      text.add(random.nextInt(4));
    }
    return text;
  }

  /** Length of a longest common subsequence, by the table of all beginnings. */
  private static int longest(List<Integer> a, List<Integer> b) {
    int[][] table = new int[a.size() + 1][b.size() + 1];
    for (int i = 1; i <= a.size(); i++) {
      for (int j = 1; j <= b.size(); j++) {
        table[i][j] =
            a.get(i - 1).equals(b.get(j - 1))
                ? table[i - 1][j - 1] + 1
                : Math.max(table[i - 1][j], table[i][j - 1]);
      }
    }
    return table[a.size()][b.size()];
  }

  @Test
  void aMatchIsACommonSubsequenceAndALongestOne() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 3_000; round++) {
      List<Integer> a = text(random);
      List<Integer> b = text(random);
      int[] match = TextMatch.of(a, b);
      String what = "seed " + SEED + ", round " + round + ": " + a + " and " + b;
      int last = -1;
      int count = 0;
      for (int i = 0; i < a.size(); i++) {
        if (match[i] >= 0) {
          assertTrue(match[i] > last, what);
          assertEquals(a.get(i), b.get(match[i]), what);
          last = match[i];
          count++;
        }
      }
      assertEquals(longest(a, b), count, what);
    }
  }
}
