package dev.scr.k2.analysis;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known about memory around one base: a state of everything, and bytes that were stored
 * since, by their offset from the base. Immutable.
 *
 * @param region it lies in
 * @param version of the bytes that were not stored since
 * @param stored bytes that were
 */
record Memory(Region region, int version, Map<Long, StoredByte> stored) {
  /**
   * A byte of a term.
   *
   * @param index 0 for the lowest
   */
  record StoredByte(Term term, int index) {}

  Memory {
    stored = Map.copyOf(stored);
  }

  static Memory of(Region region, int version) {
    return new Memory(region, version, Map.of());
  }

  Memory store(long offset, Term value, int bytes) {
    Map<Long, StoredByte> after = new TreeMap<>(stored);
    for (int i = 0; i < bytes; i++) {
      after.put(offset + i, new StoredByte(value, i));
    }
    return new Memory(region, version, after);
  }

  @Nullable StoredByte at(long offset) {
    return stored.get(offset);
  }
}
