package dev.scr.hosts.recovery;

import static dev.scr.hosts.recovery.RecoveryState.COPIED;
import static dev.scr.hosts.recovery.RecoveryState.DEAD;
import static dev.scr.hosts.recovery.RecoveryState.ENDED;
import static dev.scr.hosts.recovery.RecoveryState.IDLE;
import static dev.scr.hosts.recovery.RecoveryState.STATELESS;
import static dev.scr.hosts.recovery.RecoveryState.UNPUBLISHED;
import static dev.scr.hosts.recovery.RecoveryState.WITH_FRAME;
import static dev.scr.hosts.recovery.RecoveryState.bit;
import static dev.scr.hosts.recovery.RecoveryState.range;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

  private final int workers;
  private final int frames;
  private final Set<Fault> faults;
  private final int ahead;
  private final StateSpace space;

  /**
   * A model.
   *
   * @param ahead frames that a worker may have stated and not handled
   */
  RecoveryModel(int workers, int frames, int crashes, int deaths, int ahead, Set<Fault> faults) {
    this.workers = workers;
    this.frames = frames;
    this.faults = faults.isEmpty() ? EnumSet.noneOf(Fault.class) : EnumSet.copyOf(faults);
    this.ahead = ahead;
    this.space = new StateSpace(RecoveryState.start(workers, crashes, deaths));
  }

  /** Visits every reachable state, or stops at the first that breaks what must hold. */
  Result explore() {
    int ends = 0;
    while (space.hasNext()) {
      RecoveryState state = space.next();
      boolean moved = false;
      for (int w = 0; w < workers && !space.isViolated(); w++) {
        moved |= steps(state, w);
      }
      if (!moved && !space.isViolated()) {
        if (state.isOver()) {
          ends++;
        } else {
          space.violate("somebody waits for ever", state);
        }
      }
    }
    return new Result(space.size(), ends, space.violation(), space.trace());
  }

  /** All steps of one worker; false if it has none that leads anywhere. */
  private boolean steps(RecoveryState state, int w) {
    int phase = state.phase(w);
    if (phase == ENDED || phase == DEAD) {
      return false;
    }
    if (state.mayDie(w)) {
      RecoveryState next = state.copy();
      next.die(w);
      go(next);
    }
    if (state.crashesLeft() > 0
        && phase != STATELESS
        && phase != COPIED
        && state.donor(w, 0) >= 0) {
      RecoveryState next = state.copy();
      next.crash(w);
      next.frame(w, 0);
      next.heard(w, 0);
      next.phase(w, STATELESS);
      go(next.copy());
      next.held(w, 0); // those frames may be gone, too
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
  private boolean idle(RecoveryState state, int w) {
    if (state.position(w) < state.horizon(w)) {
      return follow(state, w);
    }
    RecoveryState next = state.copy();
    int held = state.held(w);
    if (held != 0) {
      int oldest = Integer.numberOfTrailingZeros(held) + 1;
      next.held(w, held & ~bit(oldest));
      next.frame(w, oldest);
      next.phase(w, WITH_FRAME);
      return go(next);
    }
    int number = state.nextFrame(w);
    if (number > frames) {
      next.freeze(w);
      next.phase(w, ENDED);
      return go(next);
    }
    next.nextFrame(w, number + workers);
    go(next.copy()); // lost
    next.frame(w, number);
    next.phase(w, WITH_FRAME);
    return go(next);
  }

  /** Receives the next frame, or loses it, and states what it brings before it is handled. */
  private boolean stateAhead(RecoveryState state, int w) {
    int number = state.nextFrame(w);
    boolean full = Integer.bitCount(state.held(w)) >= ahead;
    boolean unstated = state.phase(w) == WITH_FRAME && state.frame(w) > state.horizon(w);
    if (number > frames || full || unstated || state.isFrozen(w)) {
      return false;
    }
    RecoveryState next = state.copy();
    next.nextFrame(w, number + workers);
    go(next.copy()); // lost
    next.held(w, state.held(w) | bit(number));
    if (number > state.horizon(w)) {
      stateTo(next, w, number, number);
    }
    return go(next);
  }

  /** What a frame brings beyond the horizon, up to a number; the rest up to there is lost. */
  private void stateTo(RecoveryState next, int w, int number, int to) {
    int first = Math.max(next.horizon(w) + 1, oldest(number));
    next.received(w, next.received(w) | range(first, to));
    next.horizon(w, to);
  }

  private int oldest(int number) {
    return Math.max(1, number - (workers - 1));
  }

  /**
   * States what the frame brings, follows, and handles the frame; for itself only so far, if it has
   * not been stated.
   */
  private boolean frame(RecoveryState state, int w) {
    RecoveryState next = state.copy();
    int number = state.frame(w);
    int position = state.position(w);
    boolean stated = number <= state.horizon(w);
    if (state.isFrozen(w)) {
      RecoveryState shutOut = state.copy();
      shutOut.phase(w, STATELESS);
      shutOut.heard(w, 0);
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
      next.applied(w, state.applied(w) | range(position + 1, number));
      return go(stated ? done(next, w, number) : unpublished(next, w));
    }
    boolean late = faults.contains(Fault.STATES_AFTER_WAITING) && position < oldest(number) - 1;
    if (stated || late) {
      return follow(state, w);
    }
    if (number - 1 > state.horizon(w)) {
      RecoveryState some = state.copy(); // all but the own packet
      stateTo(some, w, number, number - 1);
      go(some);
    } else if (position < state.horizon(w)) {
      follow(state, w);
    }
    stateTo(next, w, number, number);
    return go(next);
  }

  /** Whether the frame brings all after the state, and nothing of that has been stated lost. */
  private boolean goesOn(RecoveryState state, int w, int number) {
    int position = state.position(w);
    int horizon = state.horizon(w);
    if (position >= horizon) {
      return position >= oldest(number) - 1;
    }
    int lost = range(position + 1, Math.min(number, horizon)) & ~state.received(w);
    boolean before = (lost & ~bit(number)) != 0 || position < oldest(number) - 1;
    boolean own = (lost & bit(number)) != 0;
    return (!before || faults.contains(Fault.SKIPS_WHAT_IS_STATED_LOST))
        && (!own || faults.contains(Fault.HANDLES_WHAT_IS_STATED_LOST));
  }

  /** What a planted fault jumps over is in no state that comes of it. */
  private void skip(RecoveryState next, int w, int number) {
    int position = next.position(w);
    if (position < oldest(number) - 1) {
      next.leaveOut(range(position + 1, oldest(number) - 1));
    }
  }

  private RecoveryState done(RecoveryState next, int w, int number) {
    next.position(w, number);
    next.heard(w, 0);
    next.see(w);
    return idleAgain(next, w);
  }

  private RecoveryState unpublished(RecoveryState next, int w) {
    next.phase(w, UNPUBLISHED);
    if (faults.contains(Fault.ANSWERS_BEFORE_PUBLISHING)) {
      next.see(w);
    }
    return next;
  }

  private boolean publish(RecoveryState state, int w) {
    RecoveryState next = state.copy();
    int number = state.frame(w);
    if (state.isFrozen(w)) {
      next.phase(w, STATELESS);
      return go(next);
    }
    int stated = Math.max(state.horizon(w), state.position(w));
    next.received(w, state.received(w) | range(stated + 1, number));
    next.horizon(w, number);
    next.position(w, number);
    next.see(w);
    return go(idleAgain(next, w));
  }

  /** One read of one peer's log, or the decision when all have been read. */
  private boolean follow(RecoveryState state, int w) {
    int wanted = state.position(w) + 1;
    if ((state.received(w) & bit(wanted)) != 0) {
      return go(applied(state.copy(), w, wanted));
    }
    int heard = state.heard(w);
    boolean enough =
        faults.contains(Fault.DECIDES_BY_ONE)
            ? heard != 0 || workers == 1
            : heard == (1 << workers) - 1 - (1 << w);
    if (enough) {
      RecoveryState next = state.copy();
      next.position(w, wanted);
      next.heard(w, 0);
      next.leaveOut(bit(wanted));
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

  private boolean ask(RecoveryState state, int w, int peer, int wanted) {
    RecoveryState next = state.copy();
    if (wanted <= state.horizon(peer)) {
      if ((state.received(peer) & bit(wanted)) != 0) {
        return go(applied(next, w, wanted));
      }
      next.heard(w, state.heard(w) | (1 << peer));
      return go(next);
    }
    if (state.isFrozen(peer)) {
      next.spokenFor(peer, Math.max(state.spokenFor(peer), wanted));
      next.heard(w, state.heard(w) | (1 << peer));
      return go(next);
    }
    if (faults.contains(Fault.DOES_NOT_WAIT)) {
      next.heard(w, state.heard(w) | (1 << peer));
      return go(next);
    }
    if (faults.contains(Fault.WAITS_FOR_EVER)) {
      return false;
    }
    next.freeze(peer); // patience has an end, and nobody knows when
    return go(next);
  }

  /** Copies a peer's state, which the peer gives only between packets. */
  private boolean copy(RecoveryState state, int w) {
    boolean moved = false;
    for (int from = state.donor(w, 0); from >= 0; from = state.donor(w, from + 1)) {
      RecoveryState next = state.copy();
      next.position(w, state.position(from));
      next.applied(w, state.applied(from));
      if (faults.contains(Fault.COPIES_THE_HORIZON)) {
        next.position(w, state.horizon(from));
        next.leaveOut(range(state.position(from) + 1, state.horizon(from)));
      }
      next.phase(w, COPIED);
      moved |= go(next);
    }
    return moved;
  }

  private boolean join(RecoveryState state, int w) {
    RecoveryState next = state.copy();
    int horizon = Math.max(state.horizon(w), state.position(w));
    if (!faults.contains(Fault.NOT_BOUND)) {
      horizon = Math.max(horizon, state.spokenFor(w));
    }
    next.horizon(w, horizon);
    if (faults.contains(Fault.LOG_DIES_WITH_THE_STATE)) {
      next.received(w, 0);
      next.horizon(w, state.position(w));
    }
    next.thaw(w);
    next.phase(w, state.frame(w) == 0 ? IDLE : WITH_FRAME);
    return go(next);
  }

  private RecoveryState applied(RecoveryState next, int w, int number) {
    next.applied(w, next.applied(w) | bit(number));
    next.position(w, number);
    next.heard(w, 0);
    next.see(w);
    return next;
  }

  private RecoveryState idleAgain(RecoveryState next, int w) {
    next.frame(w, 0);
    next.phase(w, IDLE);
    return next;
  }

  private boolean go(RecoveryState to) {
    if (space.add(to) && to.contradictsItself()) {
      space.violate("a packet is in one state and left out of another", to);
    }
    return true;
  }
}
