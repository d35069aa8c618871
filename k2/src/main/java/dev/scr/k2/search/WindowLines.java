package dev.scr.k2.search;

import java.util.BitSet;
import java.util.List;

/**
 * The lines that become a window.
 *
 * @param members its lines
 * @param earlier lines between them that move in front of the window
 * @param later lines between them that move behind it
 */
record WindowLines(BitSet members, List<Integer> earlier, List<Integer> later) {
  /** The first line. */
  int from() {
    return members.nextSetBit(0);
  }

  /** Behind the last line. */
  int to() {
    return members.length();
  }

  int last() {
    return to() - 1;
  }
}
