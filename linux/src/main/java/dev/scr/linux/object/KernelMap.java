package dev.scr.linux.object;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.linux.bpf.BpfMap;
import dev.scr.linux.bpf.KernelBtf;
import dev.scr.linux.bpf.MapSpec.BtfTypes;
import dev.scr.linux.bpf.MapType;
import dev.scr.linux.call.MappedMemory;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.machine.Cpus;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A map of an object in the kernel. Values of per-CPU maps are those of all possible CPUs in order,
 * each padded to 8 bytes. Every method but {@link #memory} is one or more system calls, and any
 * thread may call it; a {@link KernelRefusal} says what the kernel would not do.
 */
public final class KernelMap implements AutoCloseable {
  private final MapSpec spec;
  private final String where;
  private final BpfMap map;
  private @Nullable MappedMemory memory;

  private KernelMap(MapSpec spec, String where, BpfMap map) {
    this.spec = spec;
    this.where = where;
    this.map = map;
  }

  /**
   * Makes the map.
   *
   * @param flags to be added to those of the spec
   * @param lockOffset where values have a lock, in bytes
   */
  static KernelMap create(MapSpec spec, String object, int flags, OptionalInt lockOffset) {
    String where = object + ": map " + spec.name();
    MapType type =
        MapType.of(spec.type().code())
            .orElseThrow(() ->
                KernelRefusal.expected(
                    where, "expected a map type that is known here, found " + spec.type()));
    dev.scr.linux.bpf.MapSpec wanted =
        dev.scr.linux.bpf.MapSpec.of(
                spec.name(), type, spec.keySize(), spec.valueSize(), capacity(spec))
            .withFlags(spec.flags() | flags);
    return new KernelMap(spec, where, asked(where, () -> create(wanted, lockOffset)));
  }

  /** Makes a map of maps that are like {@code inner}. */
  static KernelMap ofMaps(MapSpec spec, String object, MapSpec inner) {
    String where = object + ": map " + spec.name();
    MapType type = MapType.of(spec.type().code()).orElseThrow();
    dev.scr.linux.bpf.MapSpec wanted =
        dev.scr.linux.bpf.MapSpec.of(
                spec.name(), type, spec.keySize(), spec.valueSize(), spec.maxEntries())
            .withFlags(spec.flags());
    try (KernelMap template = create(inner, object, 0, OptionalInt.empty())) {
      return new KernelMap(spec, where, asked(where, () -> BpfMap.create(wanted, template.map)));
    }
  }

  /** A map of perf events that does not say its size has a place for each CPU, as with libbpf. */
  private static int capacity(MapSpec spec) {
    boolean open =
        spec.type() == dev.scr.ebpf.object.MapType.PERF_EVENT_ARRAY && spec.maxEntries() == 0;
    return open ? Cpus.possible() : spec.maxEntries();
  }

  private static BpfMap create(dev.scr.linux.bpf.MapSpec wanted, OptionalInt lockOffset) {
    if (lockOffset.isEmpty()) {
      return BpfMap.create(wanted);
    }
    byte[] types =
        KernelTypes.ofLockedValue(wanted.keyBytes(), wanted.valueBytes(), lockOffset.getAsInt());
    try (KernelBtf btf = KernelBtf.load(types)) {
      return BpfMap.create(
          wanted.withTypes(
              new BtfTypes(btf, KernelTypes.key(wanted.keyBytes()), KernelTypes.VALUE)));
    }
  }

  /** Puts the initial contents of a data section in place, and seals it if it is read-only. */
  void fill(byte[] contents) {
    update(new byte[spec.keySize()], contents);
    if (spec.readOnly()) {
      done(where, map::freeze);
    }
  }

  /** What the map was created from. */
  public MapSpec spec() {
    return spec;
  }

  /** The descriptor, for instructions that refer to the map and for maps of maps. */
  public int fd() {
    return map.fd();
  }

  /** A copy of the value of a key. */
  public Optional<byte[]> lookup(byte[] key) {
    return asked(where, () -> map.lookup(key));
  }

  /** Creates or replaces an entry. */
  public void update(byte[] key, byte[] value) {
    done(where, () -> map.update(key, value));
  }

  /** Removes an entry; false if there was none. */
  public boolean delete(byte[] key) {
    return asked(where, () -> map.delete(key));
  }

  /** Whether {@link #entries} works: the map has keys, and the kernel lets user space read it. */
  public boolean isReadable() {
    return switch (spec.type()) {
      case HASH,
          ARRAY,
          PERCPU_HASH,
          PERCPU_ARRAY,
          LRU_HASH,
          LRU_PERCPU_HASH,
          LPM_TRIE,
          DEVMAP,
          DEVMAP_HASH,
          CPUMAP ->
          true;
      case PROG_ARRAY,
          PERF_EVENT_ARRAY,
          STACK_TRACE,
          CGROUP_ARRAY,
          ARRAY_OF_MAPS,
          HASH_OF_MAPS,
          SOCKMAP,
          XSKMAP,
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
          ARENA,
          QUEUE,
          STACK,
          RINGBUF ->
          false;
    };
  }

  /**
   * Copies of all entries, sorted by key as unsigned bytes; a snapshot only while no program runs.
   * Maps that are not {@link #isReadable} refuse.
   */
  public List<MapEntry> entries() {
    if (!isReadable()) {
      throw KernelRefusal.expected(
          where, "expected a map that user space can read, found " + spec.type());
    }
    return asked(
        where,
        () ->
            map.entries().stream()
                .map(entry -> new MapEntry(entry.key(), entry.value()))
                .sorted()
                .toList());
  }

  /**
   * The values as memory shared with the programs, each padded to 8 bytes; for arrays that may be
   * mapped ({@link KernelInstance.Builder#shared}). Valid until the map is closed.
   */
  public synchronized MemorySegment memory() {
    MappedMemory mapped = memory;
    if (mapped == null) {
      mapped = asked(where, map::map);
      memory = mapped;
    }
    return mapped.segment();
  }

  private static void done(String where, Runnable request) {
    try {
      request.run();
    } catch (SystemCallException e) {
      throw KernelRefusal.of(where, e);
    }
  }

  private static <T> T asked(String where, Supplier<T> request) {
    try {
      return request.get();
    } catch (SystemCallException e) {
      throw KernelRefusal.of(where, e);
    }
  }

  @Override
  public synchronized void close() {
    if (memory != null) {
      memory.close();
    }
    map.close();
  }
}
