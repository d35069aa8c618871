package dev.scr.k2.validate;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Random contents for maps. Keys are those that the program looks up, as a first run has shown, and
 * some that it does not; values are small numbers, constants of the program, and noise.
 */
final class Fillings {
  private static final int MOST_KEYS = 48;
  private static final int LONGEST_NOISE = 256;
  private static final int LOOPBACK = 1;
  private static final int CPU_QUEUE = 192;

  private final SplittableRandom random;
  private final ProgramConstants constants;
  private final List<MapSpec> maps;

  Fillings(ProgramSpec program, List<MapSpec> maps, long seed) {
    this.random = new SplittableRandom(seed);
    this.constants = ProgramConstants.of(program);
    this.maps = maps;
  }

  /** Contents for all maps that programs do not fill themselves. */
  MapEntries next(Map<String, Set<Sample>> lookedUp, List<Sample> samples) {
    List<MapEntries.Entry> entries = new ArrayList<>();
    for (MapSpec map : maps) {
      if (map.data().isPresent() && map.readOnly()) {
        continue;
      }
      for (byte[] key : keys(map, lookedUp.getOrDefault(map.name(), Set.of()), samples)) {
        entries.add(new MapEntries.Entry(map, new MapEntry(key, value(map))));
      }
    }
    return new MapEntries(entries);
  }

  private List<byte[]> keys(MapSpec map, Set<Sample> lookedUp, List<Sample> samples) {
    return switch (map.type()) {
      case ARRAY, PERCPU_ARRAY, DEVMAP, CPUMAP, ARRAY_OF_MAPS -> indexes(map, lookedUp);
      case HASH, PERCPU_HASH, LRU_HASH, LRU_PERCPU_HASH, DEVMAP_HASH, HASH_OF_MAPS ->
          chosen(map, lookedUp, samples);
      case LPM_TRIE -> prefixes(chosen(map, lookedUp, samples));
      case PROG_ARRAY,
          PERF_EVENT_ARRAY,
          STACK_TRACE,
          CGROUP_ARRAY,
          SOCKMAP,
          XSKMAP,
          SOCKHASH,
          CGROUP_STORAGE,
          REUSEPORT_SOCKARRAY,
          PERCPU_CGROUP_STORAGE,
          QUEUE,
          STACK,
          SK_STORAGE,
          STRUCT_OPS,
          RINGBUF,
          INODE_STORAGE,
          TASK_STORAGE,
          BLOOM_FILTER,
          USER_RINGBUF,
          CGRP_STORAGE,
          ARENA ->
          List.of();
    };
  }

  private List<byte[]> indexes(MapSpec map, Set<Sample> lookedUp) {
    List<byte[]> keys = new ArrayList<>();
    for (int i = 0; i < Math.min(8, map.maxEntries()); i++) {
      keys.add(littleEndian(i));
    }
    for (Sample key : lookedUp) {
      int index = ByteBuffer.wrap(key.raw()).order(ByteOrder.LITTLE_ENDIAN).getInt();
      if (keys.size() < MOST_KEYS && index >= 0 && index < map.maxEntries()) {
        keys.add(key.bytes());
      }
    }
    keys.removeIf(_ -> random.nextInt(6) == 0);
    return keys;
  }

  private static byte[] littleEndian(int value) {
    return new byte[] {
      (byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)
    };
  }

  private List<byte[]> chosen(MapSpec map, Set<Sample> lookedUp, List<Sample> samples) {
    List<byte[]> keys = new ArrayList<>();
    for (Sample key : lookedUp) {
      if (random.nextInt(3) != 0 && keys.size() < MOST_KEYS) {
        keys.add(key.bytes());
      }
    }
    for (int i = 0; i < 6 && !samples.isEmpty(); i++) {
      keys.add(cutFrom(samples.get(random.nextInt(samples.size())), map.keySize()));
    }
    keys.add(new byte[map.keySize()]);
    return keys;
  }

  private byte[] cutFrom(Sample sample, int size) {
    int room = sample.length() - size;
    int at = room > 0 ? random.nextInt(Math.min(room, 80) + 1) : 0;
    return Arrays.copyOfRange(sample.bytes(), Math.min(at, sample.length()), at + size);
  }

  private List<byte[]> prefixes(List<byte[]> keys) {
    List<byte[]> prefixes = new ArrayList<>();
    for (byte[] key : keys) {
      int bits = random.nextInt((key.length - 4) * 8 + 1);
      byte[] prefix = key.clone();
      System.arraycopy(littleEndian(bits), 0, prefix, 0, 4);
      prefixes.add(prefix);
    }
    return prefixes;
  }

  private byte[] value(MapSpec map) {
    byte[] value = new byte[map.valueSize()];
    if (map.type() == MapType.DEVMAP || map.type() == MapType.DEVMAP_HASH) {
      value[0] = LOOPBACK;
      return value;
    }
    if (InnerMaps.isOuter(map)) {
      value[0] = (byte) random.nextInt(InnerMaps.POOL);
      return value;
    }
    if (map.type() == MapType.CPUMAP) {
      value[0] = (byte) CPU_QUEUE;
      return value;
    }
    for (int at = 0; at < Math.min(value.length, LONGEST_NOISE); at += 4) {
      long word = word();
      for (int i = 0; i < 4 && at + i < value.length; i++) {
        value[at + i] = (byte) (word >>> (8 * i));
      }
    }
    return value;
  }

  private long word() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> 0;
      case 2, 3 -> random.nextInt(16);
      case 4, 5 -> constants.any(random, 4);
      case 6 -> -1;
      default -> random.nextInt();
    };
  }
}
