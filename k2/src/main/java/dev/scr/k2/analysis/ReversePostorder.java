package dev.scr.k2.analysis;

import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.Arrays;
import java.util.BitSet;

/**
 * The lines of a draft that can be reached, each before what comes after it, but for jumps back to
 * the head of a loop. Valid until the draft is changed.
 */
final class ReversePostorder {
  private final int[] lines;
  private final int[] places;

  private ReversePostorder(int[] lines, int[] places) {
    this.lines = lines;
    this.places = places;
  }

  /** The indices of the lines, in order. */
  int[] lines() {
    return lines;
  }

  /** Whether control that comes from one line to another goes back to the head of a loop. */
  boolean isBackwards(int from, int to) {
    return places[to] <= places[from];
  }

  /** Of a draft. */
  static ReversePostorder of(Draft draft) {
    draft.renumber();
    int[] lines = order(draft);
    int[] places = new int[draft.size()];
    for (int i = 0; i < lines.length; i++) {
      places[lines[i]] = i;
    }
    return new ReversePostorder(lines, places);
  }

  private static int[] order(Draft draft) {
    int size = draft.size();
    int[] postorder = new int[size];
    int count = 0;
    BitSet seen = new BitSet(size);
    int[] stack = new int[2 * size + draft.starts().size() + 2];
    for (Line start : draft.starts().reversed()) {
      int top = 0;
      stack[top++] = start.index();
      while (top > 0) {
        int at = stack[top - 1];
        if (at < 0) {
          postorder[count++] = ~at;
          top--;
        } else if (seen.get(at)) {
          top--;
        } else {
          seen.set(at);
          stack[top - 1] = ~at;
          Line line = draft.line(at);
          if (top + 2 >= stack.length) {
            stack = Arrays.copyOf(stack, 2 * stack.length);
          }
          if (line.isJump()) {
            stack[top++] = line.target().index();
          }
          if (line.fallsThrough() && at + 1 < size) {
            stack[top++] = at + 1;
          }
        }
      }
    }
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = postorder[count - 1 - i];
    }
    return order;
  }
}
