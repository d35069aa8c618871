package dev.scr.hosts.recovery;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What one worker has received, number by number: a ring with one writer, its worker, that any peer
 * may read at any time. Nobody waits and nothing is allocated.
 *
 * <p>Numbers are positions: sequence numbers that do not wrap. The log states something on every
 * position up to its <em>horizon</em>. Two words order memory:
 *
 * <ul>
 *   <li>{@code RESERVED}: the writer announces how far it is going to write <em>before</em> it
 *       writes (store, then a store-store fence), so that a reader that has copied an entry and
 *       then reads this word (acquire fence, then load) knows whether the entry may have been
 *       written over meanwhile;
 *   <li>{@code WORD}: the horizon, and whether it is frozen. The writer publishes entries by a
 *       compare-and-set (release) of this word, which a reader loads first (acquire). A peer
 *       freezes it in the same way: from then on the writer cannot publish, until it has joined
 *       anew.
 * </ul>
 *
 * <p>The words lie on a cache line of their own, one for all, because whoever reads one reads the
 * others, too; and the arrays have a gap at both ends, so that workers share no line unless one
 * asks another.
 */
public final class HistoryLog {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  /** Two cache lines: processors fetch lines in pairs. */
  private static final int GAP_BYTES = 128;

  private static final int GAP = GAP_BYTES / Long.BYTES;
  private static final int WORD = GAP;
  private static final int RESERVED = GAP + 1;
  private static final int BEATS = GAP + 2;

  private static final byte STATED_LOST = 0;
  private static final byte STATED_RECEIVED = 1;

  private final long[] words = new long[3 * GAP];
  private final byte[] entries;
  private final byte[] statements;
  private final int entryBytes;
  private final int capacity;

  /**
   * An empty log, frozen: its worker has not joined.
   *
   * @param entryBytes bytes of a packet's metadata
   * @param capacity entries of the ring, a power of two
   * @param start position before the first packet
   */
  HistoryLog(int entryBytes, int capacity, long start) {
    this.entryBytes = entryBytes;
    this.capacity = capacity;
    this.entries = new byte[capacity * entryBytes + 2 * GAP_BYTES];
    this.statements = new byte[capacity + 2 * GAP_BYTES];
    WORDS.set(words, RESERVED, start);
    WORDS.setRelease(words, WORD, frozen(start));
  }

  // The writer's side.

  /** Announces that entries up to a position are about to be written. */
  void reserve(long to) {
    if (to > (long) WORDS.get(words, RESERVED)) {
      WORDS.setOpaque(words, RESERVED, to);
      VarHandle.storeStoreFence();
    }
  }

  /** Writes that a frame brought these packets; their metadata lies one after another. */
  void received(long first, int count, byte[] from, int offset) {
    int slot = slot(first);
    int now = Math.min(count, capacity - slot);
    System.arraycopy(from, offset, entries, GAP_BYTES + slot * entryBytes, now * entryBytes);
    Arrays.fill(statements, GAP_BYTES + slot, GAP_BYTES + slot + now, STATED_RECEIVED);
    if (now < count) {
      received(first + now, count - now, from, offset + now * entryBytes);
    }
  }

  /** Writes that no frame brought these packets; only the newest that the ring can hold. */
  void lost(long first, long last) {
    for (long position = Math.max(first, last - capacity + 1); position <= last; position++) {
      statements[GAP_BYTES + slot(position)] = STATED_LOST;
    }
  }

  /** Makes what has been written up to a position readable; false if the log is frozen. */
  boolean publish(long to) {
    long word = (long) WORDS.get(words, WORD);
    return !isFrozen(word) && WORDS.compareAndSet(words, WORD, word, word(to));
  }

  /** Shows that the writer is there although it does not get on: it waits itself. */
  void beat() {
    WORDS.setOpaque(words, BEATS, (long) WORDS.get(words, BEATS) + 1);
  }

  /**
   * Whether a frame brought every packet from one position to another, which the log states
   * something on, as far as the ring still knows. By the writer.
   */
  boolean hasReceived(long first, long last) {
    if (first <= (long) WORDS.get(words, RESERVED) - capacity) {
      return false;
    }
    for (long position = first; position <= last; position++) {
      if (statements[GAP_BYTES + slot(position)] != STATED_RECEIVED) {
        return false;
      }
    }
    return true;
  }

  // Anybody's side.

  /** What the log says of a position; copies the metadata if it was received. */
  Statement read(long position, byte[] into) {
    return position > horizon() ? Statement.NOT_YET : readStated(position, into);
  }

  /** The same of a position that is known not to be beyond the horizon. */
  Statement readStated(long position, byte[] into) {
    int slot = slot(position);
    byte stated = statements[GAP_BYTES + slot];
    System.arraycopy(entries, GAP_BYTES + slot * entryBytes, into, 0, entryBytes);
    VarHandle.acquireFence();
    if ((long) WORDS.getOpaque(words, RESERVED) - capacity >= position) {
      return Statement.GONE;
    }
    return stated == STATED_RECEIVED ? Statement.RECEIVED : Statement.LOST;
  }

  /** The newest position that the log states something on. */
  long horizon() {
    return horizonOf(word());
  }

  /** Whether the writer can publish no more. */
  boolean isFrozen() {
    return isFrozen(word());
  }

  /** Horizon and whether it is frozen, as one word. */
  long word() {
    return (long) WORDS.getAcquire(words, WORD);
  }

  /** How often the writer has shown that it is there. */
  long beats() {
    return (long) WORDS.getOpaque(words, BEATS);
  }

  /** Freezes the log if nothing has happened to it since {@link #word} was read. */
  boolean freeze(long seen) {
    return !isFrozen(seen) && WORDS.compareAndSet(words, WORD, seen, frozen(horizonOf(seen)));
  }

  /**
   * Lets the writer, which calls this, go on: everything after the frozen horizon up to a position
   * is stated lost. Nobody else changes the word of a frozen log.
   */
  void thaw(long to) {
    reserve(to);
    lost(horizon() + 1, to);
    WORDS.setVolatile(words, WORD, word(to));
  }

  static boolean isFrozen(long word) {
    return (word & 1) != 0;
  }

  private static long horizonOf(long word) {
    return word >> 1;
  }

  private static long word(long horizon) {
    return horizon << 1;
  }

  private static long frozen(long horizon) {
    return word(horizon) | 1;
  }

  private int slot(long position) {
    return (int) position & capacity - 1;
  }
}
