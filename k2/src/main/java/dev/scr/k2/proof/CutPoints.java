package dev.scr.k2.proof;

import dev.scr.ebpf.isa.InstructionList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lines of two versions of a program at which both are to be cut: places where paths meet, heads of
 * loops among them, of which the text says that they stand for each other. This is a guess: a wrong
 * one makes a proof fail, it cannot make it succeed.
 */
final class CutPoints {
  /** Lines that a walk looks ahead for a place where both versions are alike again. */
  private static final int LOOK_AHEAD = 40;

  /** A line of each version. */
  record Pair(int first, int second) {}

  private final ProgramShape first;
  private final ProgramShape second;
  private final int[] match;
  private final Map<Integer, Integer> partners;
  private final List<Pair> pairs = new ArrayList<>();
  private final BitSet givenUp = new BitSet();

  private CutPoints(ProgramShape first, ProgramShape second) {
    this.first = first;
    this.second = second;
    this.match = TextMatch.of(first.texts(), second.texts());
    this.partners = walk();
  }

  /** A first choice for two versions. */
  static CutPoints of(ProgramShape first, ProgramShape second) {
    CutPoints points = new CutPoints(first, second);
    for (int a = 0; a < first.size(); a++) {
      Integer b = points.partner(a);
      if (b != null && first.canCut(a) && second.canCut(b)) {
        points.add(a, b);
      }
    }
    return points;
  }

  /** The cut points, in the order in which they were chosen; each line has one at most. */
  List<Pair> pairs() {
    return List.copyOf(pairs);
  }

  private @Nullable Integer partner(int a) {
    return match[a] >= 0 ? (Integer) match[a] : partners.get(a);
  }

  private boolean add(int a, int b) {
    boolean free = pairs.stream().noneMatch(pair -> pair.first == a || pair.second == b);
    if (free) {
      pairs.add(new Pair(a, b));
    }
    return free;
  }

  /** Does without some cut points; whether there were any. */
  boolean giveUp(Predicate<Pair> unwanted) {
    return pairs.removeIf(pair -> {
      boolean goes = unwanted.test(pair);
      if (goes) {
        givenUp.set(pair.first);
      }
      return goes;
    });
  }

  /**
   * Adds cut points until there is one in every loop of both versions, none that was given up;
   * whether that is possible.
   */
  boolean breakLoops() {
    while (true) {
      BitSet cutsOfFirst = new BitSet();
      BitSet cutsOfSecond = new BitSet();
      pairs.forEach(pair -> {
        cutsOfFirst.set(pair.first);
        cutsOfSecond.set(pair.second);
      });
      List<Integer> whole = first.loopWithout(cutsOfFirst);
      if (whole.isEmpty()) {
        return second.loopWithout(cutsOfSecond).isEmpty();
      }
      if (whole.stream().noneMatch(this::cut)) {
        return false;
      }
    }
  }

  /** Makes a line one where paths are cut, if it has a partner in a loop. */
  private boolean cut(int a) {
    Integer b = partner(a);
    return b != null && !givenUp.get(a) && second.isInLoop(b) && add(a, b);
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
        addBoth(first.nextAndCalled(at.first), second.nextAndCalled(at.second), open);
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
