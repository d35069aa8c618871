package dev.scr.hosts.recovery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The states that have been reached, each once, those to be visited, and what was wrong. */
final class StateSpace {
  /** By state: the one from which it was reached first. */
  private final Map<RecoveryState, RecoveryState> parents = new HashMap<>();

  private final Deque<RecoveryState> open = new ArrayDeque<>();
  private final RecoveryState start;
  private RecoveryState current;
  private @Nullable String violation;
  private RecoveryState violating;

  StateSpace(RecoveryState start) {
    this.start = start;
    this.current = start;
    this.violating = start;
    parents.put(start, start);
    open.add(start);
  }

  /** Whether there is something left to visit; not once something was wrong. */
  boolean hasNext() {
    return !open.isEmpty() && violation == null;
  }

  /** The next state to visit, nearest to the start first; what is added then comes from it. */
  RecoveryState next() {
    current = open.remove();
    return current;
  }

  /** Adds a state that can be reached from the one that is visited; whether it is new. */
  boolean add(RecoveryState state) {
    if (parents.putIfAbsent(state, current) != null) {
      return false;
    }
    open.add(state);
    return true;
  }

  /** How many states there are. */
  int size() {
    return parents.size();
  }

  /** Says what is wrong with a state. */
  void violate(String what, RecoveryState state) {
    violation = what;
    violating = state;
  }

  boolean isViolated() {
    return violation != null;
  }

  Optional<String> violation() {
    return Optional.ofNullable(violation);
  }

  /** A shortest way to what is wrong; empty if nothing is. */
  List<String> trace() {
    List<String> trace = new ArrayList<>();
    if (violation != null) {
      for (RecoveryState at = violating; !at.equals(start); at = parents.getOrDefault(at, start)) {
        trace.addFirst(at.toString());
      }
      trace.addFirst(start.toString());
    }
    return trace;
  }
}
