package dev.scr.hosts.recovery;

import java.util.Arrays;
import java.util.List;

/**
 * A state of {@link RecoveryModel}: what each worker is at and knows, what others can see of it,
 * and what may still go wrong. Sets of packets, frames and peers are bits. Changed only before it
 * is added to a {@link StateSpace}.
 */
final class RecoveryState {
  // What a worker is at.
  static final int IDLE = 0;
  static final int WITH_FRAME = 1;
  static final int UNPUBLISHED = 2;
  static final int STATELESS = 3;
  static final int COPIED = 4;
  static final int ENDED = 5;
  static final int DEAD = 6;
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

  // Everybody's, behind the workers': what is in a visible state, what is left out of one, and what
  // may still go wrong.
  private static final int VISIBLE = 0;
  private static final int LEFT_OUT = 1;
  private static final int CRASHES_LEFT = 2;
  private static final int DEATHS_LEFT = 3;
  private static final int SHARED = 4;

  private final int workers;
  private final char[] cells;

  private RecoveryState(int workers, char[] cells) {
    this.workers = workers;
    this.cells = cells;
  }

  /** Nothing has happened, and so much may go wrong. */
  static RecoveryState start(int workers, int crashes, int deaths) {
    RecoveryState start = new RecoveryState(workers, new char[workers * VARIABLES + SHARED]);
    start.share(CRASHES_LEFT, crashes);
    start.share(DEATHS_LEFT, deaths);
    for (int w = 0; w < workers; w++) {
      start.nextFrame(w, w + 1);
    }
    return start;
  }

  RecoveryState copy() {
    return new RecoveryState(workers, cells.clone());
  }

  /** Up to which packet its log says what came. */
  int horizon(int w) {
    return get(w, HORIZON);
  }

  void horizon(int w, int value) {
    set(w, HORIZON, value);
  }

  /** Up to which packet others took its silence for a loss. */
  int spokenFor(int w) {
    return get(w, SPOKEN_FOR);
  }

  void spokenFor(int w, int value) {
    set(w, SPOKEN_FOR, value);
  }

  /** Which packets its log has. */
  int received(int w) {
    return get(w, RECEIVED);
  }

  void received(int w, int value) {
    set(w, RECEIVED, value);
  }

  /** The last packet of its state. */
  int position(int w) {
    return get(w, POSITION);
  }

  void position(int w, int value) {
    set(w, POSITION, value);
  }

  /** Which packets are in its state. */
  int applied(int w) {
    return get(w, APPLIED);
  }

  void applied(int w, int value) {
    set(w, APPLIED, value);
  }

  /** The number of the next frame for it. */
  int nextFrame(int w) {
    return get(w, NEXT);
  }

  void nextFrame(int w, int value) {
    set(w, NEXT, value);
  }

  /** What it is at. */
  int phase(int w) {
    return get(w, PHASE);
  }

  void phase(int w, int value) {
    set(w, PHASE, value);
  }

  /** The frame that it handles; 0 for none. */
  int frame(int w) {
    return get(w, FRAME);
  }

  void frame(int w, int value) {
    set(w, FRAME, value);
  }

  /** Which peers have said that they lost the packet it waits for. */
  int heard(int w) {
    return get(w, HEARD);
  }

  void heard(int w, int value) {
    set(w, HEARD, value);
  }

  /** Which frames it has received and not handled. */
  int held(int w) {
    return get(w, HELD);
  }

  void held(int w, int value) {
    set(w, HELD, value);
  }

  /** Whether it may not write to its log any more, having been shut out, crashed or ended. */
  boolean isFrozen(int w) {
    return get(w, FROZEN) == 1;
  }

  void freeze(int w) {
    set(w, FROZEN, 1);
  }

  void thaw(int w) {
    set(w, FROZEN, 0);
  }

  int crashesLeft() {
    return shared(CRASHES_LEFT);
  }

  void crash(int w) {
    share(CRASHES_LEFT, crashesLeft() - 1);
    freeze(w);
  }

  /** The last worker does not die: its state would be gone, and nothing could be said. */
  boolean mayDie(int w) {
    return shared(DEATHS_LEFT) > 0 && othersTakePart(w);
  }

  private boolean othersTakePart(int w) {
    for (int other = 0; other < workers; other++) {
      if (other != w && phase(other) != DEAD && !isFrozen(other)) {
        return true;
      }
    }
    return false;
  }

  void die(int w) {
    share(DEATHS_LEFT, shared(DEATHS_LEFT) - 1);
    phase(w, DEAD);
  }

  /** Others can see the state of a worker, and the packets in it. */
  void see(int w) {
    share(VISIBLE, shared(VISIBLE) | applied(w));
  }

  /** Packets that are in no state that comes of one. */
  void leaveOut(int packets) {
    share(LEFT_OUT, shared(LEFT_OUT) | packets);
  }

  /** Whether a packet is in a state that others can see and left out of one. */
  boolean contradictsItself() {
    return (shared(VISIBLE) & shared(LEFT_OUT)) != 0;
  }

  /** Whether every worker has come to an end. */
  boolean isOver() {
    for (int w = 0; w < workers; w++) {
      if (phase(w) != ENDED && phase(w) != DEAD) {
        return false;
      }
    }
    return true;
  }

  /** A worker from a number on whose state can be copied now; -1 if there is none. */
  int donor(int asker, int first) {
    for (int w = first; w < workers; w++) {
      int phase = phase(w);
      boolean whole = phase == ENDED || ((phase == IDLE || phase == WITH_FRAME) && !isFrozen(w));
      if (w != asker && whole) {
        return w;
      }
    }
    return -1;
  }

  /** The set of one packet, frame or both. */
  static int bit(int number) {
    return 1 << (number - 1);
  }

  /** The set of all from one number to another. */
  static int range(int first, int last) {
    int bits = 0;
    for (int number = first; number <= last; number++) {
      bits |= bit(number);
    }
    return bits;
  }

  private int get(int w, int variable) {
    return cells[w * VARIABLES + variable];
  }

  private void set(int w, int variable, int value) {
    cells[w * VARIABLES + variable] = (char) value;
  }

  private int shared(int variable) {
    return cells[workers * VARIABLES + variable];
  }

  private void share(int variable, int value) {
    cells[workers * VARIABLES + variable] = (char) value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RecoveryState state && Arrays.equals(cells, state.cells);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(cells);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int w = 0; w < workers; w++) {
      text.append(
          "%d: %s frame %d, holds %s, horizon %d%s, received %s, at %d with %s; "
              .formatted(
                  w,
                  PHASES.get(phase(w)),
                  frame(w),
                  Integer.toBinaryString(held(w)),
                  horizon(w),
                  isFrozen(w) ? " frozen" : "",
                  Integer.toBinaryString(received(w)),
                  position(w),
                  Integer.toBinaryString(applied(w))));
    }
    return text.append("left out ").append(Integer.toBinaryString(shared(LEFT_OUT))).toString();
  }
}
