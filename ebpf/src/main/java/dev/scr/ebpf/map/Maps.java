package dev.scr.ebpf.map;

import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import java.lang.foreign.Arena;
import java.util.Set;

/** Creates maps from what an object says. */
public final class Maps {
  private static final int MAX_VALUE = 64 << 20;

  /** Types that several threads can use at once. */
  private static final Set<MapType> CONCURRENT =
      Set.of(
          MapType.ARRAY,
          MapType.PERCPU_ARRAY,
          MapType.HASH,
          MapType.PERCPU_HASH,
          MapType.LRU_HASH,
          MapType.LRU_PERCPU_HASH);

  private Maps() {}

  /**
   * Creates a map in memory of the arena.
   *
   * @param shared whether several threads will use the map at once
   * @throws MapException if the type is not supported or a size is out of range
   */
  public static BpfMap create(MapSpec spec, Arena arena, boolean shared) {
    check(
        spec,
        !shared || CONCURRENT.contains(spec.type()),
        "an array or hash map, because it is shared by threads",
        spec.type().code());
    return switch (spec.type()) {
      case ARRAY, PERCPU_ARRAY -> {
        check(spec, spec.keySize() == 4, "a key of 4 bytes", spec.keySize());
        checkSizes(spec);
        yield new ArrayMap(spec, arena);
      }
      case HASH, PERCPU_HASH, LRU_HASH, LRU_PERCPU_HASH, DEVMAP_HASH -> {
        checkSizes(spec);
        yield new HashTableMap(spec, arena, shared);
      }
      case LPM_TRIE -> {
        check(spec, spec.keySize() > 4, "a key of 5 bytes or more", spec.keySize());
        checkSizes(spec);
        yield new LpmTrieMap(spec, arena);
      }
      case PROG_ARRAY -> {
        check(spec, spec.keySize() == 4, "a key of 4 bytes", spec.keySize());
        check(spec, spec.valueSize() == 4, "a value of 4 bytes", spec.valueSize());
        checkSizes(spec);
        yield new ProgArrayMap(spec, arena);
      }
      case DEVMAP, CPUMAP, XSKMAP -> {
        check(spec, spec.keySize() == 4, "a key of 4 bytes", spec.keySize());
        check(spec, spec.valueSize() <= 8, "a value of 4 or 8 bytes", spec.valueSize());
        checkSizes(spec);
        yield new TargetMap(spec, arena);
      }
      case QUEUE, STACK -> {
        check(spec, spec.keySize() == 0, "no key", spec.keySize());
        checkValue(spec);
        yield new QueueMap(spec, arena);
      }
      case RINGBUF -> {
        int bytes = spec.maxEntries();
        check(spec, spec.keySize() == 0 && spec.valueSize() == 0, "no key and value", 0);
        boolean fits = bytes >= 4096 && Integer.bitCount(bytes) == 1;
        check(spec, fits, "a power of two of 4096 bytes or more", bytes);
        yield new RingBufferMap(spec, arena);
      }
      case ARRAY_OF_MAPS, HASH_OF_MAPS -> {
        boolean array = spec.type() == MapType.ARRAY_OF_MAPS;
        check(spec, !array || spec.keySize() == 4, "a key of 4 bytes", spec.keySize());
        check(spec, spec.valueSize() == 4, "a value of 4 bytes", spec.valueSize());
        checkSizes(spec);
        yield new MapOfMaps(spec, arena);
      }
      case PERF_EVENT_ARRAY -> new PerfEventArrayMap(spec, arena);
      case STACK_TRACE,
          CGROUP_ARRAY,
          SOCKMAP,
          SOCKHASH,
          CGROUP_STORAGE,
          REUSEPORT_SOCKARRAY,
          PERCPU_CGROUP_STORAGE,
          SK_STORAGE,
          STRUCT_OPS,
          INODE_STORAGE,
          TASK_STORAGE,
          BLOOM_FILTER,
          USER_RINGBUF,
          CGRP_STORAGE,
          ARENA ->
          throw new MapException(
              spec.name(), "expected a map type that can run here, found " + spec.type());
    };
  }

  private static void checkSizes(MapSpec spec) {
    int key = spec.keySize();
    check(spec, key > 0 && key <= 512, "a key of 1 to 512 bytes", key);
    checkValue(spec);
  }

  private static void checkValue(MapSpec spec) {
    int size = spec.valueSize();
    check(spec, size > 0 && size <= MAX_VALUE, "a value of 1 to " + MAX_VALUE + " bytes", size);
    check(spec, spec.maxEntries() > 0, "1 or more entries", spec.maxEntries() & 0xffff_ffffL);
    long bytes =
        (long) spec.maxEntries() * (BpfMap.roundUp(spec.keySize()) + (long) BpfMap.roundUp(size));
    check(spec, bytes <= BpfMap.MAX_BYTES, "at most " + BpfMap.MAX_BYTES + " bytes", bytes);
  }

  private static void check(MapSpec spec, boolean holds, String expected, long found) {
    if (!holds) {
      throw new MapException(spec.name(), "expected " + expected + ", found " + found);
    }
  }
}
