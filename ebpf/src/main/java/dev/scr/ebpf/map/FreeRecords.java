package dev.scr.ebpf.map;

/**
 * Which records of a hash table have no entry. Gives out a certain one if it is free, else any; in
 * constant time over all, as each record stands at most once in the stack of those that came back.
 * Used by one thread at a time.
 */
final class FreeRecords {
  private static final byte USED = 1;
  private static final byte STACKED = 2;

  private final byte[] states;

  /** Records that were given back; those that have been taken since by number are passed over. */
  private final int[] stack;

  private int stacked;

  /** Records from here on were never given out but by number. */
  private int untouched;

  FreeRecords(int count) {
    states = new byte[count];
    stack = new int[count];
  }

  /**
   * Takes a record: this one if it is free. One must be.
   *
   * @return its number
   */
  int take(int preferred) {
    int taken = isTaken(preferred) ? any() : preferred;
    states[taken] |= USED;
    return taken;
  }

  /** Whether a record has an entry. */
  boolean isTaken(int number) {
    return (states[number] & USED) != 0;
  }

  private int any() {
    while (stacked > 0) {
      int number = stack[--stacked];
      states[number] &= ~STACKED;
      if (!isTaken(number)) {
        return number;
      }
    }
    while (isTaken(untouched)) {
      untouched++;
    }
    return untouched++;
  }

  /** Gives a record back. */
  void give(int number) {
    states[number] &= ~USED;
    if ((states[number] & STACKED) == 0) {
      states[number] |= STACKED;
      stack[stacked++] = number;
    }
  }
}
