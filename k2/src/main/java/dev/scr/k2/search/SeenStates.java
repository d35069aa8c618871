package dev.scr.k2.search;

import java.util.Arrays;

/**
 * States that an enumeration has visited, each with the most cost that was left then. A hash table
 * with open addressing that starts anew when it cannot grow any more. Owned by one thread.
 */
final class SeenStates {
  private static final int FIRST_SIZE = 1 << 12;
  private static final int MOST_SIZE = 1 << 22;
  private static final int MOST_LEFT = Byte.MAX_VALUE;

  private long[] keys = new long[FIRST_SIZE];
  private byte[] lefts = new byte[FIRST_SIZE];
  private int count;

  void clear() {
    Arrays.fill(keys, 0);
    count = 0;
  }

  /**
   * Whether a state is new, or has more left than at any visit before; then it is visited.
   *
   * @param state hash of the state
   * @param left cost that is left
   */
  boolean visit(long state, int left) {
    long key = state == 0 ? 1 : state;
    int most = Math.min(left, MOST_LEFT);
    int at = find(key);
    if (keys[at] == key && lefts[at] >= most) {
      return false;
    }
    boolean isNew = keys[at] != key;
    keys[at] = key;
    lefts[at] = (byte) most;
    if (isNew) {
      makeRoom();
    }
    return true;
  }

  /** Where a key is, or would be. */
  private int find(long key) {
    int mask = keys.length - 1;
    int at = (int) (key ^ key >>> 32) & mask;
    while (keys[at] != 0 && keys[at] != key) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void makeRoom() {
    if (++count * 2 > keys.length && keys.length < MOST_SIZE) {
      grow();
    } else if (count * 4L > keys.length * 3L) {
      clear();
    }
  }

  private void grow() {
    long[] oldKeys = keys;
    byte[] oldLefts = lefts;
    keys = new long[oldKeys.length * 4];
    lefts = new byte[oldKeys.length * 4];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int at = find(oldKeys[i]);
        keys[at] = oldKeys[i];
        lefts[at] = oldLefts[i];
      }
    }
  }
}
