package dev.scr.hosts.recovery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The log's words on a machine with weak memory, small enough to visit every state: a writer that
 * writes positions 1..4 into a ring of two entries of two words each, one by one or two at once,
 * and a reader that reads one position. The writer's stores become visible in any order, except
 * where a fence or a release stands between them or they go to the same word; the reader's loads
 * happen in any order, except where an acquire or a fence stands between them. That is weaker than
 * any processor Java runs on.
 *
 * <p>What must hold: an entry that the reader takes for position p was written for p, both words.
 */
final class HistoryLogModel {
  /** A fault in the order of memory, or of the program. */
  enum Fault {
    /** The horizon is published before the entry is written. */
    PUBLISHES_FIRST,
    /** The horizon is published by a plain store. */
    NO_RELEASE,
    /** No fence after the announcement that an entry is about to be written over. */
    NO_STORE_FENCE,
    /** The entry is written over before that is announced. */
    RESERVES_LAST,
    /** The horizon is read by a plain load. */
    NO_ACQUIRE,
    /** No fence before the announcement is read. */
    NO_LOAD_FENCE,
    /** The announcement is not read at all. */
    NO_CHECK
  }

  /** What the search found. */
  record Result(int states, int reads, Optional<String> violation) {}

  private static final int LAST = 4;
  private static final int RING = 2;

  // Words of memory: the two ordering words, then two words per entry.
  private static final int WORD = 0;
  private static final int RESERVED = 1;
  private static final int ENTRIES = 2;
  private static final int WORDS = ENTRIES + 2 * RING;

  private static final int FENCE = -1;

  // The reader's loads, as bits of what it has done.
  private static final int LOAD_WORD = 1;
  private static final int LOAD_FIRST = 2;
  private static final int LOAD_SECOND = 4;
  private static final int LOAD_RESERVED = 8;
  private static final int ALL_LOADS = 15;

  private final Set<Fault> faults;
  private final List<int[]> program = new ArrayList<>();
  private final Set<State> seen = new HashSet<>();
  private final Deque<State> open = new ArrayDeque<>();

  /**
   * Memory, the writer's next step, its stores that nobody sees yet (word and value in turn, or a
   * fence), and what the reader has loaded for which position.
   */
  private record State(
      List<Integer> memory,
      int next,
      List<Integer> buffer,
      int wanted,
      int loaded,
      int horizon,
      int first,
      int second,
      int reserved) {}

  /**
   * A model.
   *
   * @param batch positions that are written and published at once, as those of a frame are: 1 or 2
   */
  HistoryLogModel(int batch, Set<Fault> faults) {
    this.faults = faults.isEmpty() ? EnumSet.noneOf(Fault.class) : EnumSet.copyOf(faults);
    for (int position = 1; position <= LAST; position += batch) {
      write(position, position + batch - 1);
    }
  }

  /** The writer's program for what is published at once. */
  private void write(int first, int last) {
    boolean reservesLast = faults.contains(Fault.RESERVES_LAST);
    if (faults.contains(Fault.PUBLISHES_FIRST)) {
      publish(last);
    }
    if (!reservesLast) {
      reserve(last);
    }
    for (int position = first; position <= last; position++) {
      int entry = ENTRIES + 2 * (position % RING);
      program.add(new int[] {entry, position});
      program.add(new int[] {entry + 1, position});
    }
    if (reservesLast) {
      reserve(last);
    }
    if (!faults.contains(Fault.PUBLISHES_FIRST)) {
      publish(last);
    }
  }

  private void reserve(int position) {
    program.add(new int[] {RESERVED, position});
    if (!faults.contains(Fault.NO_STORE_FENCE)) {
      program.add(new int[] {FENCE, 0});
    }
  }

  private void publish(int position) {
    if (!faults.contains(Fault.NO_RELEASE)) {
      program.add(new int[] {FENCE, 0});
    }
    program.add(new int[] {WORD, position});
  }

  /** Visits every reachable state, or stops at the first wrong read. */
  Result explore() {
    List<Integer> memory = new ArrayList<>();
    for (int word = 0; word < WORDS; word++) {
      memory.add(0);
    }
    for (int wanted = 1; wanted <= LAST; wanted++) {
      visit(new State(List.copyOf(memory), 0, List.of(), wanted, 0, 0, 0, 0, 0));
    }
    int reads = 0;
    while (!open.isEmpty()) {
      State state = open.remove();
      if (state.loaded == ALL_LOADS) {
        if (believes(state)) {
          reads++;
          if (state.first != state.wanted || state.second != state.wanted) {
            return new Result(seen.size(), reads, Optional.of(state.toString()));
          }
        }
      } else {
        load(state);
      }
      store(state);
      drain(state);
    }
    return new Result(seen.size(), reads, Optional.empty());
  }

  /** Whether the reader takes what it has loaded for the entry that it wants. */
  private boolean believes(State state) {
    boolean overwritten = state.reserved - RING >= state.wanted;
    return state.horizon >= state.wanted && (!overwritten || faults.contains(Fault.NO_CHECK));
  }

  /** The writer's next step goes into its buffer. */
  private void store(State state) {
    if (state.next < program.size()) {
      int[] step = program.get(state.next);
      List<Integer> buffer = new ArrayList<>(state.buffer);
      buffer.add(step[0]);
      buffer.add(step[1]);
      visit(with(state, state.memory, state.next + 1, buffer));
    }
  }

  /** Any buffered store becomes visible that no fence and no store to the same word is before. */
  private void drain(State state) {
    List<Integer> buffer = state.buffer;
    for (int i = 0; i < buffer.size(); i += 2) {
      int word = buffer.get(i);
      if (word == FENCE) {
        if (i == 0) {
          visit(with(state, state.memory, state.next, buffer.subList(2, buffer.size())));
        }
        return;
      }
      boolean held = false;
      for (int earlier = 0; earlier < i; earlier += 2) {
        held |= buffer.get(earlier) == word;
      }
      if (!held) {
        List<Integer> memory = new ArrayList<>(state.memory);
        memory.set(word, buffer.get(i + 1));
        List<Integer> rest = new ArrayList<>(buffer);
        rest.subList(i, i + 2).clear();
        visit(with(state, memory, state.next, rest));
      }
    }
  }

  /** Any load that nothing orders after one that has not been done. */
  private void load(State state) {
    int entry = ENTRIES + 2 * (state.wanted % RING);
    boolean acquired = faults.contains(Fault.NO_ACQUIRE) || (state.loaded & LOAD_WORD) != 0;
    int both = LOAD_FIRST | LOAD_SECOND;
    boolean fenced =
        faults.contains(Fault.NO_LOAD_FENCE) ? acquired : (state.loaded & both) == both;
    for (int load = 1; load < ALL_LOADS; load <<= 1) {
      boolean free = load == LOAD_WORD || (load == LOAD_RESERVED ? fenced : acquired);
      if (free && (state.loaded & load) == 0) {
        visit(
            new State(
                state.memory,
                state.next,
                state.buffer,
                state.wanted,
                state.loaded | load,
                load == LOAD_WORD ? state.memory.get(WORD) : state.horizon,
                load == LOAD_FIRST ? state.memory.get(entry) : state.first,
                load == LOAD_SECOND ? state.memory.get(entry + 1) : state.second,
                load == LOAD_RESERVED ? state.memory.get(RESERVED) : state.reserved));
      }
    }
  }

  private static State with(State state, List<Integer> memory, int next, List<Integer> buffer) {
    return new State(
        List.copyOf(memory),
        next,
        List.copyOf(buffer),
        state.wanted,
        state.loaded,
        state.horizon,
        state.first,
        state.second,
        state.reserved);
  }

  private void visit(State state) {
    if (seen.add(state)) {
      open.add(state);
    }
  }
}
