package dev.scr.linux.bpf;

import java.util.Optional;

/**
 * A map to be made.
 *
 * @param keyBytes 0 for queues, stacks and ring buffers
 * @param valueBytes of one processor's value
 * @param maxEntries the capacity; bytes for a ring buffer
 * @param flags {@code BPF_F_…} of the kernel's header, such as {@link #MMAPABLE}
 * @param name what {@code bpftool map} shows; cut to 15 characters
 * @param types the BTF types of key and value, which maps with spin locks or timers need
 */
public record MapSpec(
    MapType type,
    int keyBytes,
    int valueBytes,
    int maxEntries,
    int flags,
    String name,
    Optional<BtfTypes> types) {
  /** Entries are made when they are first needed. LPM tries insist on it. */
  public static final int NO_PREALLOCATION = 1;

  /** Programs may only read the map. */
  public static final int READ_ONLY_FOR_PROGRAM = 1 << 7;

  /** An array whose values this process can map; see {@link BpfMap#map}. */
  public static final int MMAPABLE = 1 << 10;

  /** Key and value in a BTF that the kernel has; ids are those within it. */
  public record BtfTypes(KernelBtf btf, int keyTypeId, int valueTypeId) {}

  public MapSpec {
    if (keyBytes < 0 || valueBytes < 0) {
      throw new IllegalArgumentException(
          "map "
              + name
              + ": expected sizes >= 0, found keyBytes="
              + keyBytes
              + " valueBytes="
              + valueBytes);
    }
  }

  /** One without flags and types. */
  public static MapSpec of(
      String name, MapType type, int keyBytes, int valueBytes, int maxEntries) {
    return new MapSpec(type, keyBytes, valueBytes, maxEntries, 0, name, Optional.empty());
  }

  public MapSpec withFlags(int flags) {
    return new MapSpec(type, keyBytes, valueBytes, maxEntries, flags, name, types);
  }

  public MapSpec withTypes(BtfTypes types) {
    return new MapSpec(type, keyBytes, valueBytes, maxEntries, flags, name, Optional.of(types));
  }

  /** For messages: {@code map flows (HASH key 4 value 8 × 1024)}. */
  @Override
  public String toString() {
    return "map %s (%s key %d value %d × %d)"
        .formatted(name, type, keyBytes, valueBytes, maxEntries);
  }
}
