package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Parts of a graph that can be left only for good: two lines are in one part if each can be reached
 * from the other. The parts come in an order in which ways only lead on (Kosaraju's method: those
 * that a search over the reversed graph finds, begun where a search over the graph ended last).
 */
final class Cycles {
  private final BitSet lines = new BitSet();
  private final Map<Integer, List<Integer>> after = new HashMap<>();
  private final Map<Integer, List<Integer>> before = new HashMap<>();
  private final List<List<Integer>> parts = new ArrayList<>();

  private Cycles(List<Integer> among, IntFunction<List<Integer>> next) {
    among.forEach(lines::set);
    for (int line : among) {
      for (int other : next.apply(line)) {
        if (lines.get(other)) {
          after.computeIfAbsent(line, _ -> new ArrayList<>()).add(other);
          before.computeIfAbsent(other, _ -> new ArrayList<>()).add(line);
        }
      }
    }
  }

  /**
   * The parts of a graph.
   *
   * @param among its lines; ways to others do not count
   * @param next where ways from a line lead
   */
  static Cycles of(List<Integer> among, IntFunction<List<Integer>> next) {
    Cycles cycles = new Cycles(among, next);
    BitSet seen = new BitSet();
    List<Integer> finished = new ArrayList<>();
    for (int line : among) {
      search(line, cycles.after, seen, finished);
    }
    BitSet taken = new BitSet();
    for (int line : finished.reversed()) {
      if (!taken.get(line)) {
        List<Integer> part = new ArrayList<>();
        search(line, cycles.before, taken, part);
        cycles.parts.add(part);
      }
    }
    return cycles;
  }

  /** Lines that are reached from one and have not been seen, each after those it leads to. */
  private static void search(
      int from, Map<Integer, List<Integer>> ways, BitSet seen, List<Integer> finished) {
    List<Integer> path = new ArrayList<>(List.of(from));
    while (!path.isEmpty()) {
      int at = path.removeLast();
      if (at < 0) {
        finished.add(~at);
      } else if (!seen.get(at)) {
        seen.set(at);
        path.add(~at);
        path.addAll(ways.getOrDefault(at, List.of()).reversed());
      }
    }
  }

  /** The parts, each after those from which it is reached. */
  List<List<Integer>> parts() {
    return parts;
  }

  /** A part that can be gone through again and again; empty if there is none. */
  List<Integer> first() {
    for (List<Integer> part : parts) {
      int line = part.getFirst();
      if (part.size() > 1 || after.getOrDefault(line, List.of()).contains(line)) {
        return part;
      }
    }
    return List.of();
  }
}
