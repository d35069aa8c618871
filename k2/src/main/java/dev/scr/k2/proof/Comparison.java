package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Reg;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What must hold for the ends of two paths to be the same to everyone outside. */
final class Comparison {
  /** One thing that must hold. */
  record Obligation(String what, Term condition) {}

  private final Universe universe;
  private final Terms terms;
  private final PathExplorer.End expected;
  private final PathExplorer.End found;
  private final List<Obligation> obligations = new ArrayList<>();

  private Comparison(Universe universe, PathExplorer.End expected, PathExplorer.End found) {
    this.universe = universe;
    this.terms = universe.terms;
    this.expected = expected;
    this.found = found;
  }

  /** The obligations of a pair of ends, in the order of the program. */
  static List<Obligation> of(
      Universe universe, HelperCalls calls, PathExplorer.End expected, PathExplorer.End found) {
    Comparison comparison = new Comparison(universe, expected, found);
    comparison.compareEvents();
    comparison.compareEnds(calls);
    return comparison.obligations;
  }

  private void add(String what, Term condition) {
    if (condition != terms.yes) {
      obligations.add(new Obligation(what, condition));
    }
  }

  private void compareEvents() {
    List<Event> mine = expected.state().events;
    List<Event> theirs = found.state().events;
    for (int i = 0; i < Math.min(mine.size(), theirs.size()); i++) {
      compare(i, mine.get(i), theirs.get(i));
    }
    if (mine.size() != theirs.size()) {
      boolean missing = mine.size() > theirs.size();
      Event extra = missing ? mine.get(theirs.size()) : theirs.get(mine.size());
      add((missing ? "missing call: " : "additional call: ") + extra.what(), terms.no);
    }
    compareAtomics();
  }

  private void compare(int number, Event a, Event b) {
    String where = "call " + (number + 1) + " (" + a.what() + ")";
    if (!a.what().equals(b.what()) || a.values().size() != b.values().size()) {
      add(where + ": found " + b.what(), terms.no);
      return;
    }
    for (int i = 0; i < a.values().size(); i++) {
      add(where + ": argument", terms.equal(a.values().get(i), b.values().get(i)));
    }
    for (String space : a.spaces()) {
      compareSpace(where + ": " + space, space, a.memory(), b.memory());
    }
  }

  private void compareEnds(HelperCalls calls) {
    if (!expected.outcome().equals(found.outcome())) {
      add("end: expected " + expected.outcome() + ", found " + found.outcome(), terms.no);
      return;
    }
    PathState a = expected.state();
    PathState b = found.state();
    if (expected.outcome().equals(PathExplorer.EXIT)) {
      // The kernel takes the result of a program as 32 bits.
      add("return value", terms.equal(low(a), low(b)));
    }
    if (!a.packet.equals(b.packet)) {
      add("packet", terms.no);
      return;
    }
    if (expected.outcome().equals(PathExplorer.STOPPED) && !a.counts.equals(b.counts)) {
      // What comes later must ask for the same ones of a sequence of numbers.
      add("calls for fresh numbers", terms.no);
    }
    for (String space : calls.visible(a)) {
      compareSpace(space, space, a.memory, b.memory);
    }
  }

  private Term low(PathState state) {
    return terms.slices.extract(state.registers.get(Reg.R0), 0, 32);
  }

  private void compareSpace(String what, String space, Memory a, Memory b) {
    if (a.sameWrites(space, b)) {
      return;
    }
    Set<Memory.Place> places = new LinkedHashSet<>(a.writtenPlaces(space).keySet());
    places.addAll(b.writtenPlaces(space).keySet());
    Facts facts = found.state().facts;
    for (Memory.Place place : places) {
      Term mine = a.read(terms, facts, place.block(), place.offset(), 1);
      Term theirs = b.read(terms, facts, place.block(), place.offset(), 1);
      add(what + " + " + place.offset(), terms.equal(mine, theirs));
    }
  }

  /** What was atomic stays atomic, in the same order. */
  private void compareAtomics() {
    Iterator<WindowRun.AtomicEffect> candidates = found.state().atomics.iterator();
    for (WindowRun.AtomicEffect effect : expected.state().atomics) {
      boolean matched = false;
      while (!matched && candidates.hasNext()) {
        WindowRun.AtomicEffect candidate = candidates.next();
        matched = candidate.kind().equals(effect.kind()) && same(candidate, effect);
      }
      if (!matched) {
        add("atomic operation", terms.no);
      }
    }
  }

  private boolean same(WindowRun.AtomicEffect a, WindowRun.AtomicEffect b) {
    Term same =
        terms.both(terms.equal(a.address(), b.address()), terms.equal(a.operand(), b.operand()));
    if (found.state().facts.decide(same) == terms.yes) {
      return true;
    }
    Solver.Answer differ = universe.questions.ask(found.state().facts, terms.not(same));
    return differ == Solver.Answer.UNSATISFIABLE;
  }
}
