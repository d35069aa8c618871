package dev.scr.k2.search;

import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Liveness;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * Deletes lines whose result nobody needs, and lines that are never reached. A replacement may
 * leave the registers that such a line reads without a value, which the verifier would refuse.
 */
final class DeadLines {
  private DeadLines() {}

  /** Deletes them all. */
  static void delete(Draft draft) {
    BitSet dead;
    do {
      Analysis analysis = Analysis.of(draft);
      Liveness liveness = Liveness.of(draft, analysis);
      int[] readAfter = Effects.readAfter(draft);
      BitSet functions = subPrograms(draft);
      dead = new BitSet();
      // The last line stays: something may refer to it, and there is no other to refer to.
      for (Line line : draft.lines().subList(0, draft.size() - 1)) {
        int at = line.index();
        boolean reached = analysis.before(line) != null;
        // A line may need none of a register's bits and still have to read it.
        boolean read = (Effects.of(draft, at).writes() & readAfter[at]) != 0;
        if (reached ? liveness.isDead(line) && !read : !functions.get(at)) {
          dead.set(line.index());
        }
      }
      draft.deleteAll(dead);
    } while (!dead.isEmpty());
  }

  /** A copy without them. */
  static Draft without(Draft draft) {
    Draft copy = draft.copy();
    delete(copy);
    return copy;
  }

  /** Lines of functions that are called or whose address is taken. */
  private static BitSet subPrograms(Draft draft) {
    BitSet seen = new BitSet();
    Deque<Line> open = new ArrayDeque<>();
    for (Line line : draft.lines()) {
      if (line.refers() && !line.isJump()) {
        open.add(line.target());
      }
    }
    while (!open.isEmpty()) {
      Line line = open.removeLast();
      if (seen.get(line.index())) {
        continue;
      }
      seen.set(line.index());
      if (line.isJump()) {
        open.add(line.target());
      }
      if (line.fallsThrough() && line.index() + 1 < draft.size()) {
        open.add(draft.line(line.index() + 1));
      }
    }
    return seen;
  }
}
