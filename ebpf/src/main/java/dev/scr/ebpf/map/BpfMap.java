package dev.scr.ebpf.map;

import dev.scr.ebpf.object.MapSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A map. Programs use it by addresses, Java code by byte arrays. One thread at a time; nothing is
 * synchronized.
 *
 * <p>Methods that take addresses do not check them, return error numbers of {@link Errno} and
 * allocate nothing.
 */
public abstract sealed class BpfMap
    permits ArrayMap, HashTableMap, KeylessMap, LpmTrieMap, MapOfMaps, QueueMap, TargetMap {
  /** Update: create or replace. */
  public static final long ANY = 0;

  /** Update: create only. */
  public static final long NO_EXIST = 1;

  /** Update: replace only. */
  public static final long EXIST = 2;

  /** Largest map in bytes. */
  static final long MAX_BYTES = 1L << 32;

  private final MapSpec spec;
  private final long scratchKey;
  private final long scratchValue;

  /** Takes memory for one key and one value from the arena. */
  BpfMap(MapSpec spec, Arena arena) {
    this.spec = spec;
    this.scratchKey = arena.allocate(Math.max(8, spec.keySize()), 8).address();
    this.scratchValue = arena.allocate(Math.max(8, spec.valueSize()), 8).address();
  }

  /** What the map was created from. */
  public final MapSpec spec() {
    return spec;
  }

  /**
   * Address of the value of the key at an address; 0 if there is none. What a program's lookup
   * does.
   */
  public abstract long lookup(long key);

  /** Creates or replaces an entry. */
  public abstract long update(long key, long value, long flags);

  /** Removes an entry. */
  public abstract long delete(long key);

  /** Whether these bytes lie inside one value. */
  public abstract boolean covers(long address, long bytes);

  /** Calls the visitor for each entry, in no particular order. */
  abstract void forEach(Visitor visitor);

  /** Receives the addresses of an entry. */
  @FunctionalInterface
  interface Visitor {
    /** One entry. */
    void entry(byte[] key, long value);
  }

  /** A copy of the value of a key. */
  public final Optional<byte[]> lookup(byte[] key) {
    long value = find(putKey(key));
    return value == 0 ? Optional.empty() : Optional.of(Memory.bytes(value, spec.valueSize()));
  }

  /**
   * The value of a key itself, to be read and written in place; valid until the entry is removed or
   * the map is closed.
   */
  public final Optional<MemorySegment> value(byte[] key) {
    long value = find(putKey(key));
    return value == 0 ? Optional.empty() : Optional.of(Memory.ALL.asSlice(value, spec.valueSize()));
  }

  /**
   * Creates or replaces an entry.
   *
   * @throws MapException if a size is wrong or the map is full
   */
  public final void update(byte[] key, byte[] value) {
    if (value.length != spec.valueSize()) {
      throw failure("expected a value of " + spec.valueSize() + " bytes, found " + value.length);
    }
    Memory.store(scratchValue, value);
    long result = update(putKey(key), scratchValue, ANY);
    if (result != Errno.OK) {
      throw failure(
          "expected room for an entry, found error "
              + result
              + " (capacity "
              + spec.maxEntries()
              + " entries)");
    }
  }

  /** Removes an entry; false if there was none. */
  public final boolean delete(byte[] key) {
    return delete(putKey(key)) == Errno.OK;
  }

  /** Copies of all entries, sorted by key as unsigned bytes. */
  public final List<MapEntry> entries() {
    List<MapEntry> entries = new ArrayList<>();
    forEach((key, value) -> entries.add(new MapEntry(key, Memory.bytes(value, spec.valueSize()))));
    entries.sort(null);
    return entries;
  }

  /** Lookup by Java code: must not count as a use. */
  long find(long key) {
    return lookup(key);
  }

  private long putKey(byte[] key) {
    if (key.length != spec.keySize()) {
      throw failure("expected a key of " + spec.keySize() + " bytes, found " + key.length);
    }
    Memory.store(scratchKey, key);
    return scratchKey;
  }

  final MapException failure(String what) {
    return new MapException(spec.name(), what);
  }

  static int roundUp(int bytes) {
    return (bytes + 7) & ~7;
  }
}
