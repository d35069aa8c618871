package dev.scr.k2.validate;

import dev.scr.ebpf.object.MapSpec;
import java.util.List;

/**
 * How large maps may be in trial runs. Those of both programs are cut in the same way, so a program
 * only sees that a table is full earlier, or that an array ends earlier.
 *
 * @param arrayBytes of values in memory that is compared at once
 * @param entries of an array that is compared value by value
 */
record Capacities(long arrayBytes, int entries) {
  /** For the interpreter. */
  static final Capacities HERE = new Capacities(1 << 22, 1 << 20);

  /** For the kernel, where a system call reads a value. */
  static final Capacities KERNEL = new Capacities(1 << 22, 1 << 10);

  private static final int TABLE_ENTRIES = 256;

  /** The kernel's tables that forget give each CPU a batch of entries. */
  private static final int FORGETFUL_ENTRIES = 4096;

  static List<MapSpec> limited(List<MapSpec> maps, Capacities most) {
    return maps.stream().map(most::limited).toList();
  }

  private MapSpec limited(MapSpec map) {
    int most =
        switch (map.type()) {
          case HASH, PERCPU_HASH, LPM_TRIE, DEVMAP_HASH -> TABLE_ENTRIES;
          case LRU_HASH, LRU_PERCPU_HASH -> FORGETFUL_ENTRIES;
          case ARRAY -> inBytes(map);
          case PERCPU_ARRAY, DEVMAP, CPUMAP, QUEUE, STACK -> Math.min(entries, inBytes(map));
          default -> Integer.MAX_VALUE;
        };
    return Integer.compareUnsigned(map.maxEntries(), most) <= 0
        ? map
        : new MapSpec(
            map.name(),
            map.type(),
            map.keySize(),
            map.valueSize(),
            most,
            map.flags(),
            map.keyType(),
            map.valueType(),
            map.data());
  }

  private int inBytes(MapSpec map) {
    return (int) Math.max(1, arrayBytes / Math.max(8, (map.valueSize() + 7) & ~7));
  }
}
