package dev.scr.ebpf.map;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.MapSpec;
import java.lang.foreign.Arena;

/**
 * Longest prefix match. A key is a prefix length in bits (32 bits) and the data it applies to, most
 * significant bit first. The entries are kept in a hash table by length and masked data; a lookup
 * asks for each length that occurs, longest first.
 */
public final class LpmTrieMap extends BpfMap {
  private static final int LENGTH_BYTES = 4;

  private final HashTableMap table;
  private final int maxLength;
  private final int[] entriesOfLength;
  private final long masked;

  LpmTrieMap(MapSpec spec, Arena arena) {
    super(spec, arena);
    this.table = new HashTableMap(spec, arena, false);
    this.maxLength = (spec.keySize() - LENGTH_BYTES) * 8;
    this.entriesOfLength = new int[maxLength + 1];
    this.masked = arena.allocate(roundUp(spec.keySize()), 8).address();
  }

  @Override
  public long lookup(long key) {
    long longest = Math.min(maxLength, Memory.load(MemSize.W, key));
    for (int length = (int) longest; length >= 0; length--) {
      if (entriesOfLength[length] != 0) {
        mask(key, length);
        long value = table.lookup(masked);
        if (value != 0) {
          return value;
        }
      }
    }
    return 0;
  }

  @Override
  public long update(long key, long value, long flags) {
    long length = Memory.load(MemSize.W, key);
    if (length > maxLength) {
      return Errno.EINVAL;
    }
    mask(key, (int) length);
    int before = table.size();
    long result = table.update(masked, value, flags);
    entriesOfLength[(int) length] += table.size() - before;
    return result == Errno.E2BIG ? Errno.ENOSPC : result;
  }

  @Override
  public long delete(long key) {
    long length = Memory.load(MemSize.W, key);
    if (length > maxLength) {
      return Errno.EINVAL;
    }
    mask(key, (int) length);
    long result = table.delete(masked);
    if (result == Errno.OK) {
      entriesOfLength[(int) length]--;
    }
    return result;
  }

  @Override
  public boolean covers(long address, long bytes) {
    return table.covers(address, bytes);
  }

  @Override
  void forEach(Visitor visitor) {
    table.forEach(visitor);
  }

  /** Puts the key with this length and zeros behind it into the scratch key. */
  private void mask(long key, int length) {
    int bytes = spec().keySize() - LENGTH_BYTES;
    Memory.store(MemSize.W, masked, length);
    for (int i = 0; i < bytes; i++) {
      int bits = Math.clamp(length - 8L * i, 0, 8);
      long data = Memory.load(MemSize.B, key + LENGTH_BYTES + i);
      Memory.store(MemSize.B, masked + LENGTH_BYTES + i, data & (0xff00L >> bits));
    }
  }
}
