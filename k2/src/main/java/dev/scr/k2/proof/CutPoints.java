package dev.scr.k2.proof;

import dev.scr.ebpf.isa.InstructionList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lines of two versions of a program at which both are to be cut: places where paths meet, of which
 * the text says that they stand for each other. This is a guess: a wrong one makes a proof fail, it
 * cannot make it succeed.
 */
final class CutPoints {
  /** Lines that a walk looks ahead for a place where both versions are alike again. */
  private static final int LOOK_AHEAD = 40;

  /** A line of each version. */
  record Pair(int first, int second) {}

  private final ProgramShape first;
  private final ProgramShape second;
  private final int[] match;

  private CutPoints(ProgramShape first, ProgramShape second) {
    this.first = first;
    this.second = second;
    this.match = TextMatch.of(first.texts(), second.texts());
  }

  /** The cut points of two versions, in the order of the first one's lines; each line has one. */
  static List<Pair> of(ProgramShape first, ProgramShape second) {
    CutPoints points = new CutPoints(first, second);
    Map<Integer, Integer> partners = points.walk();
    List<Pair> pairs = new ArrayList<>();
    BitSet taken = new BitSet();
    for (int a = 0; a < first.size(); a++) {
      Integer b = points.match[a] >= 0 ? (Integer) points.match[a] : partners.get(a);
      if (b != null && first.canCut(a) && second.canCut(b) && !taken.get(b)) {
        taken.set(b);
        pairs.add(new Pair(a, b));
      }
    }
    return pairs;
  }

  /** Goes through both versions side by side; the first partner of a line counts. */
  private Map<Integer, Integer> walk() {
    Map<Integer, Integer> partners = new HashMap<>();
    Deque<Pair> open = new ArrayDeque<>();
    open.add(new Pair(0, 0));
    while (!open.isEmpty()) {
      Pair at = open.poll();
      if (partners.putIfAbsent(at.first, at.second) != null) {
        continue;
      }
      if (first.texts().get(at.first).equals(second.texts().get(at.second))) {
        addBoth(first.next(at.first), second.next(at.second), open);
      } else {
        resynchronize(at, open);
      }
    }
    return partners;
  }

  private static void addBoth(List<Integer> a, List<Integer> b, Deque<Pair> open) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      open.add(new Pair(a.get(i), b.get(i)));
    }
  }

  private void resynchronize(Pair at, Deque<Pair> open) {
    List<Integer> ahead = second.ahead(at.second, LOOK_AHEAD);
    for (int a : first.ahead(at.first, LOOK_AHEAD)) {
      if (match[a] >= 0 && ahead.contains(match[a])) {
        open.add(new Pair(a, match[a]));
        return;
      }
    }
  }

  /** Text of an instruction list, for messages. */
  static String place(InstructionList code, int line) {
    return line < code.size() ? "insn " + code.slot(line) : "end";
  }
}
