package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which lines of a text are lines of another one: a longest common subsequence by Myers' greedy
 * method (E. Myers, "An O(ND) difference algorithm and its variations", 1986).
 */
final class TextMatch {
  /** Lines that may be different; for texts with more only what they begin and end with counts. */
  private static final int MOST_DIFFERENT = 3_000;

  private TextMatch() {}

  /** For each line of the first text the line of the second one that it is, −1 if it is none. */
  static int[] of(List<?> first, List<?> second) {
    int[] match = new int[first.size()];
    Arrays.fill(match, -1);
    int begin = 0;
    int ends = Math.min(first.size(), second.size());
    while (begin < ends && first.get(begin).equals(second.get(begin))) {
      match[begin] = begin;
      begin++;
    }
    int end = 0;
    while (end < ends - begin
        && first.get(first.size() - 1 - end).equals(second.get(second.size() - 1 - end))) {
      match[first.size() - 1 - end] = second.size() - 1 - end;
      end++;
    }
    middle(
        first.subList(begin, first.size() - end),
        second.subList(begin, second.size() - end),
        begin,
        match);
    return match;
  }

  private static void middle(List<?> a, List<?> b, int shift, int[] match) {
    int most = Math.min(MOST_DIFFERENT, a.size() + b.size());
    int[] reach = new int[2 * most + 3];
    List<int[]> trace = new ArrayList<>();
    for (int d = 0; d <= most; d++) {
      for (int k = -d; k <= d; k += 2) {
        int x = start(reach, most + 1, k, d);
        while (x < a.size() && x - k < b.size() && a.get(x).equals(b.get(x - k))) {
          x++;
        }
        reach[most + 1 + k] = x;
        if (x >= a.size() && x - k >= b.size()) {
          trace.add(Arrays.copyOfRange(reach, most + 1 - d - 1, most + 1 + d + 2));
          backtrack(a, b, trace, shift, match);
          return;
        }
      }
      trace.add(Arrays.copyOfRange(reach, most + 1 - d - 1, most + 1 + d + 2));
    }
  }

  /**
   * Where a path of {@code d} differences on a diagonal begins: below or right of a shorter one.
   */
  private static int start(int[] reach, int zero, int k, int d) {
    boolean down = k == -d || (k != d && reach[zero + k - 1] < reach[zero + k + 1]);
    return d == 0 ? 0 : down ? reach[zero + k + 1] : reach[zero + k - 1] + 1;
  }

  private static void backtrack(List<?> a, List<?> b, List<int[]> trace, int shift, int[] match) {
    int x = a.size();
    int y = b.size();
    for (int d = trace.size() - 1; d >= 0; d--) {
      int k = x - y;
      int fromX = 0;
      int fromY = 0;
      if (d > 0) {
        int[] before = trace.get(d - 1);
        int zero = d;
        boolean down = k == -d || (k != d && at(before, zero + k - 1) < at(before, zero + k + 1));
        int from = down ? k + 1 : k - 1;
        fromX = at(before, zero + from);
        fromY = fromX - from;
      }
      while (x > fromX && y > fromY) {
        x--;
        y--;
        if (a.get(x).equals(b.get(y))) {
          match[shift + x] = shift + y;
        }
      }
      x = fromX;
      y = fromY;
    }
  }

  private static int at(int[] values, int index) {
    return index < 0 || index >= values.length ? -1 : values[index];
  }
}
