package dev.scr.ebpf.map;

/**
 * The order in which entries were last used: a doubly linked list over entry numbers, oldest first.
 */
final class RecentUse {
  /** Keeps no order: nothing is ever evicted. */
  static final RecentUse NONE = new RecentUse(0);

  private final int[] next;
  private final int[] previous;
  private final int end;

  private RecentUse(int capacity) {
    this.end = capacity;
    this.next = new int[capacity + 1];
    this.previous = new int[capacity + 1];
    java.util.Arrays.fill(next, -1);
    next[end] = end;
    previous[end] = end;
  }

  static RecentUse of(int capacity) {
    return new RecentUse(capacity);
  }

  /** Makes an entry the most recently used one. */
  void use(int entry) {
    if (end == 0) {
      return;
    }
    forget(entry);
    int newest = previous[end];
    next[newest] = entry;
    previous[entry] = newest;
    next[entry] = end;
    previous[end] = entry;
  }

  /** Takes an entry out of the order. */
  void forget(int entry) {
    if (end != 0 && next[entry] >= 0) {
      next[previous[entry]] = next[entry];
      previous[next[entry]] = previous[entry];
      next[entry] = -1;
    }
  }

  /** The entry whose last use is the longest ago; −1 if there is none. */
  int oldest() {
    return end == 0 || next[end] == end ? -1 : next[end];
  }
}
