package dev.scr.ebpf.map;

/**
 * Which records of a hash table have no entry. Gives out a certain one if it is free, else any; in
 * constant time over all, as each record stands at most once in the stack of those that came back.
 * Used by one thread at a time.
 *
 * <p>All that changes lies in arrays, away from their ends: programs that insert and remove with
 * every packet share no cache line with what the collector puts beside the arrays.
 */
final class FreeRecords {
  private static final byte USED = 1;
  private static final byte STACKED = 2;

  /** Elements before what is used and behind it. */
  private static final int GAP = Memory.LINES_BYTES;

  private static final int TAKEN = GAP;
  private static final int ON_STACK = GAP + 1;
  private static final int UNTOUCHED = GAP + 2;

  private final byte[] states;

  /** Records that were given back; those that have been taken since by number are passed over. */
  private final int[] stack;

  /**
   * How many have been taken, how many are on the stack, and from which record on none was ever
   * given out but by number.
   */
  private final int[] counts = new int[2 * GAP];

  FreeRecords(int count) {
    states = new byte[GAP + count + GAP];
    stack = new int[GAP + count + GAP];
  }

  /** How many records have an entry. */
  int taken() {
    return counts[TAKEN];
  }

  /** Whether a record has an entry. */
  boolean isTaken(int number) {
    return (states[GAP + number] & USED) != 0;
  }

  /**
   * Takes a record: this one if it is free. One must be.
   *
   * @return its number
   */
  int take(int preferred) {
    int taken = isTaken(preferred) ? any() : preferred;
    states[GAP + taken] |= USED;
    counts[TAKEN]++;
    return taken;
  }

  private int any() {
    while (counts[ON_STACK] > 0) {
      int number = stack[GAP + --counts[ON_STACK]];
      states[GAP + number] &= ~STACKED;
      if (!isTaken(number)) {
        return number;
      }
    }
    while (isTaken(counts[UNTOUCHED])) {
      counts[UNTOUCHED]++;
    }
    return counts[UNTOUCHED]++;
  }

  /** Gives a record back. */
  void give(int number) {
    states[GAP + number] &= ~USED;
    counts[TAKEN]--;
    if ((states[GAP + number] & STACKED) == 0) {
      states[GAP + number] |= STACKED;
      stack[GAP + counts[ON_STACK]++] = number;
    }
  }
}
