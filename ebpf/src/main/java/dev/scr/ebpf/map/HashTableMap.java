package dev.scr.ebpf.map;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A hash table of records that never move, so that a value's address stays valid while its entry
 * exists. Each record is the head of the chain of those keys whose hash chooses it, and has room
 * for one entry, of this chain if it can be: then a lookup finds the head, the key and the value in
 * one place, and reads nothing else. With {@code LRU_HASH}, a full table evicts the entry whose
 * last use by a program (lookup or update) is the longest ago.
 *
 * <pre>
 *   record:  | first of the chain (4) | next in the entry's chain (4) | key, padded to 8 | value, padded to 8 |
 *            numbers of records + 1, or 0
 * </pre>
 */
public final class HashTableMap extends BpfMap {
  /** Offset of what follows an entry in its chain, in a record. */
  public static final int NEXT_OFFSET = 4;

  /** Offset of the key in a record. */
  public static final int KEY_OFFSET = 8;

  private static final int CACHE_LINE = 64;
  private static final int MAX_ENTRIES = 1 << 28;
  private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;

  /**
   * Whoever sends packets chooses keys, and must not know which of them meet in the table. No
   * result depends on it: replicas in other processes agree all the same.
   */
  private static final long SECRET = new SecureRandom().nextLong();

  private static final VarHandle VERSION;

  static {
    try {
      VERSION = MethodHandles.lookup().findVarHandle(HashTableMap.class, "version", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int mask;
  private final long records;
  private final int stride;
  private final int keySize;
  private final int valueOffset;
  private final int capacity;
  private final FreeRecords free;
  private final RecentUse recent;
  private final boolean shared;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile int version;

  HashTableMap(MapSpec spec, Arena arena, boolean shared) {
    super(spec, arena);
    this.shared = shared;
    this.keySize = spec.keySize();
    this.valueOffset = KEY_OFFSET + roundUp(keySize);
    this.stride = stride(valueOffset + roundUp(spec.valueSize()));
    this.capacity = spec.maxEntries();
    if (capacity > MAX_ENTRIES) {
      throw failure("expected at most " + MAX_ENTRIES + " entries, found " + capacity);
    }
    int count = capacity == 1 ? 1 : Integer.highestOneBit(capacity - 1) << 1;
    if ((long) stride * count > MAX_BYTES) {
      throw failure("expected at most " + MAX_BYTES + " bytes, found " + (long) stride * count);
    }
    this.mask = count - 1;
    this.records = Memory.lines(arena, (long) stride * count);
    this.free = new FreeRecords(count);
    boolean lru = spec.type() == MapType.LRU_HASH || spec.type() == MapType.LRU_PERCPU_HASH;
    this.recent = lru ? RecentUse.of(count) : RecentUse.NONE;
  }

  /** A small record lies in one cache line. */
  private static int stride(int bytes) {
    return bytes > CACHE_LINE ? bytes : Integer.highestOneBit(bytes - 1) << 1;
  }

  /** Whether several threads use the map, so that lookups must expect changes. */
  public boolean isShared() {
    return shared;
  }

  /** Whether lookups change which entry is evicted next. */
  public boolean ordersByUse() {
    return recent != RecentUse.NONE;
  }

  /** Address of record 0, for compiled programs. */
  public long recordsAddress() {
    return records;
  }

  /** What a hash is to be and-ed with for the number of its chain's record. */
  public int mask() {
    return mask;
  }

  /** Distance of two records in bytes. */
  public int stride() {
    return stride;
  }

  /** Offset of the value in a record. */
  public int valueOffset() {
    return valueOffset;
  }

  /** Number of entries. */
  public int size() {
    return free.taken();
  }

  @Override
  public long lookup(long key) {
    if (shared && !ordersByUse()) {
      return lookupWhileOthersChange(key);
    }
    if (shared) {
      lock.lock();
    }
    try {
      int entry = entryOf(key);
      if (entry < 0) {
        return 0;
      }
      recent.use(entry);
      return valueOf(entry);
    } finally {
      if (shared) {
        lock.unlock();
      }
    }
  }

  /** Without a lock: repeated if the table changed meanwhile. */
  private long lookupWhileOthersChange(long key) {
    while (true) {
      int before = version;
      if ((before & 1) == 0) {
        int entry = entryOf(key);
        VarHandle.loadLoadFence();
        if (version == before) {
          return entry < 0 ? 0 : valueOf(entry);
        }
      }
      Thread.onSpinWait();
    }
  }

  @Override
  long find(long key) {
    int entry = entryOf(key);
    return entry < 0 ? 0 : valueOf(entry);
  }

  @Override
  public long update(long key, long value, long flags) {
    if (!shared) {
      return change(key, value, flags);
    }
    lock.lock();
    try {
      return change(key, value, flags);
    } finally {
      lock.unlock();
    }
  }

  private long change(long key, long value, long flags) {
    if (flags < 0 || flags > EXIST) {
      return Errno.EINVAL;
    }
    int entry = entryOf(key);
    if (entry >= 0) {
      if (flags == NO_EXIST) {
        return Errno.EEXIST;
      }
      Memory.copy(value, valueOf(entry), spec().valueSize());
    } else {
      if (flags == EXIST) {
        return Errno.ENOENT;
      }
      if (free.taken() == capacity && !evict()) {
        return Errno.E2BIG;
      }
      entry = insert(key, value);
    }
    recent.use(entry);
    return Errno.OK;
  }

  @Override
  public long delete(long key) {
    if (!shared) {
      return drop(key);
    }
    lock.lock();
    try {
      return drop(key);
    } finally {
      lock.unlock();
    }
  }

  private long drop(long key) {
    int entry = entryOf(key);
    if (entry < 0) {
      return Errno.ENOENT;
    }
    remove(entry);
    return Errno.OK;
  }

  /**
   * Readers without a lock see an odd version while the table changes; only the lock's holder gets
   * here.
   */
  private void beginChange() {
    if (shared) {
      VERSION.setVolatile(this, version + 1);
      VarHandle.storeStoreFence();
    }
  }

  private void endChange() {
    if (shared) {
      VERSION.setVolatile(this, version + 1);
    }
  }

  @Override
  public boolean covers(long address, long bytes) {
    long offset = address - records;
    if (offset < 0 || offset >= (long) stride * (mask + 1)) {
      return false;
    }
    long inValue = offset % stride - valueOffset;
    return inValue >= 0 && inValue + bytes <= spec().valueSize();
  }

  @Override
  void forEach(Visitor visitor) {
    for (int entry = 0; entry <= mask; entry++) {
      if (free.isTaken(entry)) {
        visitor.entry(Memory.bytes(record(entry) + KEY_OFFSET, keySize), valueOf(entry));
      }
    }
  }

  private long record(int number) {
    return records + (long) number * stride;
  }

  private long valueOf(int entry) {
    return record(entry) + valueOffset;
  }

  /** The first entry of a chain, −1 if it is empty. */
  private int first(int chain) {
    return (int) Memory.load(MemSize.W, record(chain)) - 1;
  }

  private void first(int chain, int entry) {
    Memory.store(MemSize.W, record(chain), entry + 1L);
  }

  /** What follows an entry in its chain, −1 if nothing does. */
  private int next(int entry) {
    return (int) Memory.load(MemSize.W, record(entry) + NEXT_OFFSET) - 1;
  }

  private void next(int entry, int other) {
    Memory.store(MemSize.W, record(entry) + NEXT_OFFSET, other + 1L);
  }

  private int chainOf(long key) {
    return hash(key, keySize) & mask;
  }

  private int entryOf(long key) {
    int entry = first(chainOf(key));
    while (entry >= 0 && !equal(record(entry) + KEY_OFFSET, key, keySize)) {
      entry = next(entry);
    }
    return entry;
  }

  /**
   * An entry in its chain's own record comes first, as lookups look there first. It has its value
   * before anyone can find it.
   */
  private int insert(long key, long value) {
    int chain = chainOf(key);
    int entry = free.take(chain);
    beginChange();
    Memory.copy(key, record(entry) + KEY_OFFSET, keySize);
    Memory.copy(value, valueOf(entry), spec().valueSize());
    int first = first(chain);
    if (entry == chain || first < 0) {
      next(entry, first);
      first(chain, entry);
    } else {
      next(entry, next(first));
      next(first, entry);
    }
    endChange();
    return entry;
  }

  private boolean evict() {
    int oldest = recent.oldest();
    if (oldest < 0) {
      return false;
    }
    remove(oldest);
    return true;
  }

  private void remove(int entry) {
    int chain = chainOf(record(entry) + KEY_OFFSET);
    beginChange();
    int before = first(chain);
    if (before == entry) {
      first(chain, next(entry));
    } else {
      while (next(before) != entry) {
        before = next(before);
      }
      next(before, next(entry));
    }
    next(entry, -1);
    recent.forget(entry);
    free.give(entry);
    endChange();
  }

  private static boolean equal(long entry, long key, int bytes) {
    for (int at = 0; at < bytes; at += Long.BYTES) {
      // What is behind a key in its entry is zero, as in the last word of a key.
      if (Memory.load(MemSize.DW, entry + at) != word(key, at, bytes)) {
        return false;
      }
    }
    return true;
  }

  private static int hash(long key, int bytes) {
    long hash = begin(bytes);
    for (int at = 0; at < bytes; at += Long.BYTES) {
      hash = add(hash, word(key, at, bytes));
    }
    return finish(hash);
  }

  /** The word of a key that starts at byte {@code at}; zeros fill up the last one. */
  private static long word(long key, int at, int bytes) {
    int rest = bytes - at;
    if (rest >= Long.BYTES) {
      return Memory.load(MemSize.DW, key + at);
    }
    long word = 0;
    int done = 0;
    if ((rest & 4) != 0) {
      word = Memory.load(MemSize.W, key + at);
      done = 4;
    }
    if ((rest & 2) != 0) {
      word |= Memory.load(MemSize.H, key + at + done) << (8 * done);
      done += 2;
    }
    return (rest & 1) == 0 ? word : word | (Memory.load(MemSize.B, key + at + done) << (8 * done));
  }

  /** The hash of a key before its first word; for compiled programs. */
  public static long begin(int keySize) {
    return SECRET ^ keySize;
  }

  /** The hash of a key with one more word of it; for compiled programs. */
  public static long add(long hash, long word) {
    long x = hash ^ word;
    // Both halves of the product, so that the upper bits of a word count as much as the lower ones.
    return Math.multiplyHigh(x, MULTIPLIER) ^ (x * MULTIPLIER);
  }

  /** What chooses the place in the table, from the hash of all words; for compiled programs. */
  public static int finish(long hash) {
    return (int) hash;
  }
}
