package dev.scr.hosts.recovery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loss recovery as a transition system, small enough to visit every state: N workers, frames 1..K
 * sprayed round robin with N−1 earlier packets in each. Any frame may be lost, any worker may at
 * any time state what its next frames bring before it handles them, crash (and come back with a
 * copy of a peer's state), stop for good, or be shut out by a peer that waits for it; every read of
 * a peer's log, every publication, copy and decision is a step of its own, in any interleaving.
 *
 * <p>What must hold: no packet is both in a state that others can see and left out of one; and
 * nobody waits for ever. {@link Fault} plants faults that break this.
 */
final class RecoveryModel {
  /** A fault in the protocol. */
  enum Fault {
    /** The first peer that has lost the packet decides. */
    DECIDES_BY_ONE,
    /** A peer that has not got that far counts as one that has lost it. */
    DOES_NOT_WAIT,
    /** A frame that has been stated is handled although packets before it have been stated lost. */
    SKIPS_WHAT_IS_STATED_LOST,
    /**
     * A frame is handled because it is there, although its packet has been stated lost meanwhile.
     */
    HANDLES_WHAT_IS_STATED_LOST,
    /** A copied state is taken for one at its donor's horizon. */
    COPIES_THE_HORIZON,
    /** What was said for a frozen worker does not bind it. */
    NOT_BOUND,
    /** What is lost is stated only after it has been recovered. */
    STATES_AFTER_WAITING,
    /** The verdict is given before the packet is published. */
    ANSWERS_BEFORE_PUBLISHING,
    /** A worker that comes back starts with an empty log. */
    LOG_DIES_WITH_THE_STATE,
    /** Nobody is ever shut out. */
    WAITS_FOR_EVER
  }

  /** What the search found. */
  record Result(int states, int ends, Optional<String> violation, List<String> trace) {}

  // What a worker is at, kept in PHASE.
  private static final int IDLE = 0;
  private static final int WITH_FRAME = 1;
  private static final int UNPUBLISHED = 2;
  private static final int STATELESS = 3;
  private static final int COPIED = 4;
  private static final int ENDED = 5;
  private static final int DEAD = 6;
  private static final List<String> PHASES =
      List.of("idle", "with", "has applied", "stateless", "copied", "ended", "dead");

  // One worker's variables.
  private static final int HORIZON = 0;
  private static final int FROZEN = 1;
  private static final int SPOKEN_FOR = 2;
  private static final int RECEIVED = 3;
  private static final int POSITION = 4;
  private static final int APPLIED = 5;
  private static final int NEXT = 6;
  private static final int PHASE = 7;
  private static final int FRAME = 8;
  private static final int HEARD = 9;
  private static final int HELD = 10;
  private static final int VARIABLES = 11;

  private final int workers;
  private final int frames;
  private final Set<Fault> faults;
  private final int crashes;
  private final int deaths;
  private final int ahead;

  // Everybody's: what is in a visible state, what is left out of one, and what may still go wrong.
  private final int visible;
  private final int leftOut;
  private final int crashesLeft;
  private final int deathsLeft;
  private final int size;

  private final Map<String, String> parents = new HashMap<>();
  private final Deque<String> open = new ArrayDeque<>();
  private String current = "";
  private @Nullable String violation;
  private String violating = "";

  /**
   * A model.
   *
   * @param ahead frames that a worker may have stated and not handled
   */
  RecoveryModel(int workers, int frames, int crashes, int deaths, int ahead, Set<Fault> faults) {
    this.workers = workers;
    this.frames = frames;
    this.faults = faults.isEmpty() ? EnumSet.noneOf(Fault.class) : EnumSet.copyOf(faults);
    this.crashes = crashes;
    this.deaths = deaths;
    this.ahead = ahead;
    visible = workers * VARIABLES;
    leftOut = visible + 1;
    crashesLeft = visible + 2;
    deathsLeft = visible + 3;
    size = visible + 4;
  }

  /** Visits every reachable state, or stops at the first that breaks what must hold. */
  Result explore() {
    char[] start = new char[size];
    start[crashesLeft] = (char) crashes;
    start[deathsLeft] = (char) deaths;
    for (int w = 0; w < workers; w++) {
      start[w * VARIABLES + NEXT] = (char) (w + 1);
    }
    open.add(new String(start));
    parents.put(open.element(), "");
    int ends = 0;
    while (!open.isEmpty() && violation == null) {
      current = open.remove();
      char[] state = current.toCharArray();
      boolean moved = false;
      for (int w = 0; w < workers && violation == null; w++) {
        moved |= steps(state, w);
      }
      if (violation == null && !moved) {
        if (over(state)) {
          ends++;
        } else {
          violate("somebody waits for ever", state);
        }
      }
    }
    return new Result(parents.size(), ends, Optional.ofNullable(violation), trace());
  }

  private boolean over(char[] state) {
    for (int w = 0; w < workers; w++) {
      int phase = phase(state, w);
      if (phase != ENDED && phase != DEAD) {
        return false;
      }
    }
    return true;
  }

  /** All steps of one worker; false if it has none that leads anywhere. */
  private boolean steps(char[] state, int w) {
    int phase = phase(state, w);
    if (phase == ENDED || phase == DEAD) {
      return false;
    }
    if (state[deathsLeft] > 0 && othersTakePart(state, w)) {
      char[] next = state.clone();
      next[deathsLeft]--;
      set(next, w, PHASE, DEAD);
      go(next);
    }
    if (state[crashesLeft] > 0
        && phase != STATELESS
        && phase != COPIED
        && donor(state, w, 0) >= 0) {
      char[] next = state.clone();
      next[crashesLeft]--;
      set(next, w, FROZEN, 1);
      set(next, w, FRAME, 0);
      set(next, w, HEARD, 0);
      set(next, w, PHASE, STATELESS);
      go(next.clone());
      set(next, w, HELD, 0); // those frames may be gone, too
      go(next);
    }
    return switch (phase) {
      case IDLE -> either(stateAhead(state, w), idle(state, w));
      case WITH_FRAME -> either(stateAhead(state, w), frame(state, w));
      case UNPUBLISHED -> publish(state, w);
      case STATELESS -> copy(state, w);
      case COPIED -> join(state, w);
      default -> throw new IllegalStateException("phase " + phase);
    };
  }

  /** Both are possible: unlike in a condition, both have to be tried. */
  private static boolean either(boolean moved, boolean movedToo) {
    return moved || movedToo;
  }

  /** Takes the next frame, or loses it, or ends. */
  private boolean idle(char[] state, int w) {
    if (get(state, w, POSITION) < get(state, w, HORIZON)) {
      return follow(state, w);
    }
    char[] next = state.clone();
    int held = get(state, w, HELD);
    if (held != 0) {
      int oldest = Integer.numberOfTrailingZeros(held) + 1;
      set(next, w, HELD, held & ~bit(oldest));
      set(next, w, FRAME, oldest);
      set(next, w, PHASE, WITH_FRAME);
      return go(next);
    }
    int number = get(state, w, NEXT);
    if (number > frames) {
      set(next, w, FROZEN, 1);
      set(next, w, PHASE, ENDED);
      return go(next);
    }
    set(next, w, NEXT, number + workers);
    go(next.clone()); // lost
    set(next, w, FRAME, number);
    set(next, w, PHASE, WITH_FRAME);
    return go(next);
  }

  /** Receives the next frame, or loses it, and states what it brings before it is handled. */
  private boolean stateAhead(char[] state, int w) {
    int number = get(state, w, NEXT);
    boolean full = Integer.bitCount(get(state, w, HELD)) >= ahead;
    boolean unstated =
        get(state, w, PHASE) == WITH_FRAME && get(state, w, FRAME) > get(state, w, HORIZON);
    if (number > frames || full || unstated || get(state, w, FROZEN) == 1) {
      return false;
    }
    char[] next = state.clone();
    set(next, w, NEXT, number + workers);
    go(next.clone()); // lost
    set(next, w, HELD, get(state, w, HELD) | bit(number));
    if (number > get(state, w, HORIZON)) {
      stateTo(next, w, number, number);
    }
    return go(next);
  }

  /** What a frame brings beyond the horizon, up to a number; the rest up to there is lost. */
  private void stateTo(char[] next, int w, int number, int to) {
    int first = Math.max(get(next, w, HORIZON) + 1, oldest(number));
    set(next, w, RECEIVED, get(next, w, RECEIVED) | range(first, to));
    set(next, w, HORIZON, to);
  }

  private int oldest(int number) {
    return Math.max(1, number - (workers - 1));
  }

  /**
   * States what the frame brings, follows, and handles the frame; for itself only so far, if it has
   * not been stated.
   */
  private boolean frame(char[] state, int w) {
    char[] next = state.clone();
    int number = get(state, w, FRAME);
    int position = get(state, w, POSITION);
    boolean stated = number <= get(state, w, HORIZON);
    if (get(state, w, FROZEN) == 1) {
      char[] shutOut = state.clone();
      set(shutOut, w, PHASE, STATELESS);
      set(shutOut, w, HEARD, 0);
      go(shutOut);
      if (!stated || !goesOn(state, w, number)) {
        return true;
      } // it may have been frozen just now
    }
    if (number <= position) {
      return go(idleAgain(next, w)); // late
    }
    if (goesOn(state, w, number)) {
      skip(next, w, number);
      set(next, w, APPLIED, get(state, w, APPLIED) | range(position + 1, number));
      return go(stated ? done(next, w, number) : unpublished(next, w));
    }
    boolean late = faults.contains(Fault.STATES_AFTER_WAITING) && position < oldest(number) - 1;
    if (stated || late) {
      return follow(state, w);
    }
    if (number - 1 > get(state, w, HORIZON)) {
      char[] some = state.clone(); // all but the own packet
      stateTo(some, w, number, number - 1);
      go(some);
    } else if (position < get(state, w, HORIZON)) {
      follow(state, w);
    }
    stateTo(next, w, number, number);
    return go(next);
  }

  /** Whether the frame brings all after the state, and nothing of that has been stated lost. */
  private boolean goesOn(char[] state, int w, int number) {
    int position = get(state, w, POSITION);
    int horizon = get(state, w, HORIZON);
    if (position >= horizon) {
      return position >= oldest(number) - 1;
    }
    int lost = range(position + 1, Math.min(number, horizon)) & ~get(state, w, RECEIVED);
    boolean before = (lost & ~bit(number)) != 0 || position < oldest(number) - 1;
    boolean own = (lost & bit(number)) != 0;
    return (!before || faults.contains(Fault.SKIPS_WHAT_IS_STATED_LOST))
        && (!own || faults.contains(Fault.HANDLES_WHAT_IS_STATED_LOST));
  }

  /** What a planted fault jumps over is in no state that comes of it. */
  private void skip(char[] next, int w, int number) {
    int position = get(next, w, POSITION);
    if (position < oldest(number) - 1) {
      next[leftOut] |= (char) range(position + 1, oldest(number) - 1);
    }
  }

  private char[] done(char[] next, int w, int number) {
    set(next, w, POSITION, number);
    set(next, w, HEARD, 0);
    see(next, w);
    return idleAgain(next, w);
  }

  private char[] unpublished(char[] next, int w) {
    set(next, w, PHASE, UNPUBLISHED);
    if (faults.contains(Fault.ANSWERS_BEFORE_PUBLISHING)) {
      see(next, w);
    }
    return next;
  }

  private boolean publish(char[] state, int w) {
    char[] next = state.clone();
    int number = get(state, w, FRAME);
    if (get(state, w, FROZEN) == 1) {
      set(next, w, PHASE, STATELESS);
      return go(next);
    }
    int stated = Math.max(get(state, w, HORIZON), get(state, w, POSITION));
    set(next, w, RECEIVED, get(state, w, RECEIVED) | range(stated + 1, number));
    set(next, w, HORIZON, number);
    set(next, w, POSITION, number);
    see(next, w);
    return go(idleAgain(next, w));
  }

  /** One read of one peer's log, or the decision when all have been read. */
  private boolean follow(char[] state, int w) {
    int wanted = get(state, w, POSITION) + 1;
    if ((get(state, w, RECEIVED) & bit(wanted)) != 0) {
      return go(applied(state.clone(), w, wanted));
    }
    int heard = get(state, w, HEARD);
    boolean enough =
        faults.contains(Fault.DECIDES_BY_ONE)
            ? heard != 0 || workers == 1
            : heard == (1 << workers) - 1 - (1 << w);
    if (enough) {
      char[] next = state.clone();
      set(next, w, POSITION, wanted);
      set(next, w, HEARD, 0);
      next[leftOut] |= (char) bit(wanted);
      return go(next);
    }
    boolean moved = false;
    for (int peer = 0; peer < workers; peer++) {
      if (peer != w && (heard & (1 << peer)) == 0) {
        moved |= ask(state, w, peer, wanted);
      }
    }
    return moved;
  }

  private boolean ask(char[] state, int w, int peer, int wanted) {
    char[] next = state.clone();
    if (wanted <= get(state, peer, HORIZON)) {
      if ((get(state, peer, RECEIVED) & bit(wanted)) != 0) {
        return go(applied(next, w, wanted));
      }
      set(next, w, HEARD, get(state, w, HEARD) | (1 << peer));
      return go(next);
    }
    if (get(state, peer, FROZEN) == 1) {
      set(next, peer, SPOKEN_FOR, Math.max(get(state, peer, SPOKEN_FOR), wanted));
      set(next, w, HEARD, get(state, w, HEARD) | (1 << peer));
      return go(next);
    }
    if (faults.contains(Fault.DOES_NOT_WAIT)) {
      set(next, w, HEARD, get(state, w, HEARD) | (1 << peer));
      return go(next);
    }
    if (faults.contains(Fault.WAITS_FOR_EVER)) {
      return false;
    }
    set(next, peer, FROZEN, 1); // patience has an end, and nobody knows when
    return go(next);
  }

  /** Copies a peer's state, which the peer gives only between packets. */
  private boolean copy(char[] state, int w) {
    boolean moved = false;
    for (int from = donor(state, w, 0); from >= 0; from = donor(state, w, from + 1)) {
      char[] next = state.clone();
      set(next, w, POSITION, get(state, from, POSITION));
      set(next, w, APPLIED, get(state, from, APPLIED));
      if (faults.contains(Fault.COPIES_THE_HORIZON)) {
        set(next, w, POSITION, get(state, from, HORIZON));
        next[leftOut] |= (char) range(get(state, from, POSITION) + 1, get(state, from, HORIZON));
      }
      set(next, w, PHASE, COPIED);
      moved |= go(next);
    }
    return moved;
  }

  private boolean join(char[] state, int w) {
    char[] next = state.clone();
    int horizon = Math.max(get(state, w, HORIZON), get(state, w, POSITION));
    if (!faults.contains(Fault.NOT_BOUND)) {
      horizon = Math.max(horizon, get(state, w, SPOKEN_FOR));
    }
    set(next, w, HORIZON, horizon);
    if (faults.contains(Fault.LOG_DIES_WITH_THE_STATE)) {
      set(next, w, RECEIVED, 0);
      set(next, w, HORIZON, get(state, w, POSITION));
    }
    set(next, w, FROZEN, 0);
    set(next, w, PHASE, get(state, w, FRAME) == 0 ? IDLE : WITH_FRAME);
    return go(next);
  }

  /** A worker from a number on whose state can be copied now; -1 if there is none. */
  private int donor(char[] state, int asker, int first) {
    for (int w = first; w < workers; w++) {
      int phase = phase(state, w);
      boolean whole =
          phase == ENDED || ((phase == IDLE || phase == WITH_FRAME) && get(state, w, FROZEN) == 0);
      if (w != asker && whole) {
        return w;
      }
    }
    return -1;
  }

  /** The last worker does not die: its state would be gone, and nothing could be said. */
  private boolean othersTakePart(char[] state, int w) {
    for (int other = 0; other < workers; other++) {
      if (other != w && phase(state, other) != DEAD && get(state, other, FROZEN) == 0) {
        return true;
      }
    }
    return false;
  }

  private char[] applied(char[] next, int w, int number) {
    set(next, w, APPLIED, get(next, w, APPLIED) | bit(number));
    set(next, w, POSITION, number);
    set(next, w, HEARD, 0);
    see(next, w);
    return next;
  }

  private char[] idleAgain(char[] next, int w) {
    set(next, w, FRAME, 0);
    set(next, w, PHASE, IDLE);
    return next;
  }

  private void see(char[] next, int w) {
    next[visible] |= (char) get(next, w, APPLIED);
  }

  private boolean go(char[] to) {
    String key = new String(to);
    if (parents.putIfAbsent(key, current) == null) {
      open.add(key);
      if ((to[visible] & to[leftOut]) != 0) {
        violate("a packet is in one state and left out of another", to);
      }
    }
    return true;
  }

  private void violate(String what, char[] state) {
    violation = what;
    violating = new String(state);
  }

  private List<String> trace() {
    List<String> trace = new ArrayList<>();
    for (String at = violating; !at.isEmpty(); at = parents.getOrDefault(at, "")) {
      trace.addFirst(describe(at.toCharArray()));
    }
    return trace;
  }

  private String describe(char[] state) {
    StringBuilder text = new StringBuilder();
    for (int w = 0; w < workers; w++) {
      text.append(
          "%d: %s frame %d, holds %s, horizon %d%s, received %s, at %d with %s; "
              .formatted(
                  w,
                  PHASES.get(phase(state, w)),
                  get(state, w, FRAME),
                  Integer.toBinaryString(get(state, w, HELD)),
                  get(state, w, HORIZON),
                  get(state, w, FROZEN) == 1 ? " frozen" : "",
                  Integer.toBinaryString(get(state, w, RECEIVED)),
                  get(state, w, POSITION),
                  Integer.toBinaryString(get(state, w, APPLIED))));
    }
    return text.append("left out " + Integer.toBinaryString(state[leftOut])).toString();
  }

  private static int range(int first, int last) {
    int bits = 0;
    for (int number = first; number <= last; number++) {
      bits |= bit(number);
    }
    return bits;
  }

  private static int bit(int number) {
    return 1 << (number - 1);
  }

  private static int phase(char[] state, int w) {
    return get(state, w, PHASE);
  }

  private static int get(char[] state, int w, int variable) {
    return state[w * VARIABLES + variable];
  }

  private static void set(char[] state, int w, int variable, int value) {
    state[w * VARIABLES + variable] = (char) value;
  }
}
