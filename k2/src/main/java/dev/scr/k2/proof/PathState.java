package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a path is: one program, one place in it, and everything that it did so far. */
final class PathState {
  /** A caller: where it goes on, and its registers. */
  record Caller(int next, Registers registers, @Nullable Caller outer) {}

  int at;
  int steps;
  int depth;
  Registers registers;
  Memory memory = Memory.UNKNOWN;
  Facts facts;
  @Nullable Caller caller;

  /** Names the present packet: it changes when a helper changes the packet. */
  String packet = "";

  /** Names the present set of keys of each map that had other ones. */
  final Map<Integer, String> epochs;

  /** How often each helper that gives fresh numbers was called. */
  final Map<String, Integer> counts;

  final List<Event> events;
  final List<WindowRun.AtomicEffect> atomics;

  PathState(Registers registers, Facts facts) {
    this.registers = registers;
    this.facts = facts;
    this.epochs = new HashMap<>();
    this.counts = new HashMap<>();
    this.events = new ArrayList<>();
    this.atomics = new ArrayList<>();
  }

  private PathState(PathState that) {
    this.at = that.at;
    this.steps = that.steps;
    this.depth = that.depth;
    this.registers = that.registers.copy();
    this.memory = that.memory;
    this.facts = that.facts;
    this.caller = that.caller;
    this.packet = that.packet;
    this.epochs = new HashMap<>(that.epochs);
    this.counts = new HashMap<>(that.counts);
    this.events = new ArrayList<>(that.events);
    this.atomics = new ArrayList<>(that.atomics);
  }

  /** The same path once more, to go another way, where one more condition holds. */
  PathState fork(Term condition) {
    PathState fork = new PathState(this);
    fork.facts = facts.with(condition);
    return fork;
  }

  /** The same state at a line, to be taken from there. */
  PathState at(int line, Facts known) {
    PathState copy = new PathState(this);
    copy.at = line;
    copy.facts = known;
    return copy;
  }

  /** Where the callers of the function go on in which the path is, the last one first. */
  List<Integer> returns() {
    List<Integer> lines = new ArrayList<>();
    for (Caller at = caller; at != null; at = at.outer) {
      lines.add(at.next);
    }
    return lines;
  }

  /** Registers of a function: 0 for the one where the path is, 1 for its caller, and so on. */
  Registers registers(int callers) {
    Registers found = registers;
    Caller at = caller;
    for (int i = 0; i < callers; i++) {
      if (at == null) {
        throw new IllegalStateException("expected " + callers + " callers, found " + i);
      }
      found = at.registers;
      at = at.outer;
    }
    return found;
  }

  /** The name of what the next event brings about. */
  String nextEvent() {
    return "@" + events.size();
  }
}
