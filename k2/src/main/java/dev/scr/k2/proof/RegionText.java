package dev.scr.k2.proof;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a region of one version says, wherever it stands in the program: its instructions in an
 * order that its control flow gives, with the numbers of those that follow each.
 *
 * @param text equal for regions that do the same because they are the same
 * @param ends lines of cut points that the region ends before, by their number in the text
 */
record RegionText(List<Object> text, List<Integer> ends) {
  /** The text of what is reached from a line, up to where paths are cut. */
  static RegionText of(ProgramShape shape, int start, BitSet cuts) {
    Map<Integer, Integer> numbers = new HashMap<>();
    Deque<Integer> open = new ArrayDeque<>();
    List<Integer> ends = new ArrayList<>();
    List<Object> text = new ArrayList<>();
    List<Object> first = new ArrayList<>();
    // The start itself may be a cut point to which paths come back.
    add(shape, start, first, numbers, open, ends, cuts);
    text.add(first);
    while (!open.isEmpty()) {
      List<Object> line = new ArrayList<>();
      add(shape, open.poll(), line, numbers, open, ends, cuts);
      text.add(line);
    }
    return new RegionText(text, ends);
  }

  private static void add(
      ProgramShape shape,
      int at,
      List<Object> line,
      Map<Integer, Integer> numbers,
      Deque<Integer> open,
      List<Integer> ends,
      BitSet cuts) {
    line.add(shape.texts().get(at));
    for (int next : shape.nextAndCalled(at)) {
      if (cuts.get(next)) {
        int end = ends.indexOf(next);
        if (end < 0) {
          end = ends.size();
          ends.add(next);
        }
        line.add("end " + end);
      } else {
        Integer number = numbers.get(next);
        if (number == null) {
          number = numbers.size();
          numbers.put(next, number);
          open.add(next);
        }
        line.add(number);
      }
    }
  }
}
