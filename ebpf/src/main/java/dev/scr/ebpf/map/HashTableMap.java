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
 * A hash table: open addressing with linear probing over entry numbers, and entries that never
 * move, so that a value's address stays valid while its entry exists. With {@code LRU_HASH}, a full
 * table evicts the entry whose last use by a program (lookup or update) is the longest ago.
 *
 * <pre>
 *   table:   entry number + 1, or 0         entries:  | key, padded to 8 | value, padded to 8 |
 * </pre>
 */
public final class HashTableMap extends BpfMap {
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

  private final int[] table;
  private final int mask;
  private final long entries;
  private final int stride;
  private final int keySize;
  private final int valueOffset;
  private final int capacity;

  /** Free entry numbers as a stack; the lowest number is on top at the start. */
  private final int[] free;

  private int freeCount;
  private final RecentUse recent;
  private final boolean shared;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile int version;

  HashTableMap(MapSpec spec, Arena arena, boolean shared) {
    super(spec, arena);
    this.shared = shared;
    this.keySize = spec.keySize();
    this.valueOffset = roundUp(keySize);
    this.stride = valueOffset + roundUp(spec.valueSize());
    this.capacity = spec.maxEntries();
    if (capacity > MAX_ENTRIES) {
      throw failure("expected at most " + MAX_ENTRIES + " entries, found " + capacity);
    }
    this.entries = arena.allocate((long) stride * capacity, 64).address();
    this.table = new int[Integer.highestOneBit(2 * capacity - 1) << 1];
    this.mask = table.length - 1;
    this.free = new int[capacity];
    this.freeCount = capacity;
    for (int i = 0; i < capacity; i++) {
      free[i] = capacity - 1 - i;
    }
    boolean lru = spec.type() == MapType.LRU_HASH || spec.type() == MapType.LRU_PERCPU_HASH;
    this.recent = lru ? RecentUse.of(capacity) : RecentUse.NONE;
  }

  /** Whether several threads use the map, so that lookups must expect changes. */
  public boolean isShared() {
    return shared;
  }

  /** Whether lookups change which entry is evicted next. */
  public boolean ordersByUse() {
    return recent != RecentUse.NONE;
  }

  /** Address of entry 0, for compiled programs. */
  public long entriesAddress() {
    return entries;
  }

  /** Distance of two entries in bytes. */
  public int stride() {
    return stride;
  }

  /** Offset of the value in an entry. */
  public int valueOffset() {
    return valueOffset;
  }

  /** The table itself, for compiled programs. */
  public int[] table() {
    return table;
  }

  private static int slotOf(int[] table, long entries, int stride, int keySize, long key) {
    int mask = table.length - 1;
    int at = hash(key, keySize) & mask;
    while (table[at] != 0 && !equal(entries + (long) (table[at] - 1) * stride, key, keySize)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  /** Number of entries. */
  public int size() {
    return capacity - freeCount;
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
    } else {
      if (flags == EXIST) {
        return Errno.ENOENT;
      }
      if (freeCount == 0 && !evict()) {
        return Errno.E2BIG;
      }
      entry = insert(key);
    }
    recent.use(entry);
    Memory.copy(value, valueOf(entry), spec().valueSize());
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
    int at = slotOf(key);
    if (table[at] == 0) {
      return Errno.ENOENT;
    }
    remove(at);
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
    long offset = address - entries;
    if (offset < 0 || offset >= (long) stride * capacity) {
      return false;
    }
    long inValue = offset % stride - valueOffset;
    return inValue >= 0 && inValue + bytes <= spec().valueSize();
  }

  @Override
  void forEach(Visitor visitor) {
    for (int number : table) {
      if (number != 0) {
        long entry = entries + (long) (number - 1) * stride;
        visitor.entry(Memory.bytes(entry, keySize), entry + valueOffset);
      }
    }
  }

  private long valueOf(int entry) {
    return entries + (long) entry * stride + valueOffset;
  }

  private int entryOf(long key) {
    return table[slotOf(key)] - 1;
  }

  /** The slot that holds the key, or the empty slot where it would go. */
  private int slotOf(long key) {
    return slotOf(table, entries, stride, keySize, key);
  }

  private int insert(long key) {
    int entry = free[--freeCount];
    int slot = slotOf(key);
    beginChange();
    Memory.copy(key, entries + (long) entry * stride, keySize);
    table[slot] = entry + 1;
    endChange();
    return entry;
  }

  private boolean evict() {
    int oldest = recent.oldest();
    if (oldest < 0) {
      return false;
    }
    remove(slotOf(entries + (long) oldest * stride));
    return true;
  }

  /** Empties a slot and moves later entries of the same run forward, so that no run has a hole. */
  private void remove(int slot) {
    beginChange();
    int entry = table[slot] - 1;
    recent.forget(entry);
    free[freeCount++] = entry;
    int hole = slot;
    for (int at = hole + 1 & mask; table[at] != 0; at = at + 1 & mask) {
      int home = hash(entries + (long) (table[at] - 1) * stride, keySize) & mask;
      if ((at - home & mask) >= (at - hole & mask)) {
        table[hole] = table[at];
        hole = at;
      }
    }
    table[hole] = 0;
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
