package dev.scr.ebpf.object;

import java.util.Optional;

/**
 * A map as the object defines it.
 *
 * @param keySize bytes
 * @param valueSize bytes
 * @param maxEntries capacity; bytes for a ring buffer
 * @param flags {@code BPF_F_…} bits for map creation
 * @param keyType BTF type of the key, 0 if unknown
 * @param valueType BTF type of the value, 0 if unknown
 * @param data initial contents of the only value, for global data
 */
public record MapSpec(
    String name,
    MapType type,
    int keySize,
    int valueSize,
    int maxEntries,
    int flags,
    int keyType,
    int valueType,
    Optional<InitialData> data) {

  /** Flag: programs may not write (BPF_F_RDONLY_PROG). */
  public static final int READ_ONLY_FOR_PROGRAMS = 1 << 7;

  /** Flag: user space may map the values into its memory (BPF_F_MMAPABLE). */
  public static final int MEMORY_MAPPABLE = 1 << 10;

  /** A map without BTF and without initial contents. */
  public static MapSpec of(String name, MapType type, int keySize, int valueSize, int maxEntries) {
    return new MapSpec(name, type, keySize, valueSize, maxEntries, 0, 0, 0, Optional.empty());
  }

  /** The same map with other initial contents. */
  MapSpec withData(InitialData newData) {
    return new MapSpec(
        name,
        type,
        keySize,
        valueSize,
        maxEntries,
        flags,
        keyType,
        valueType,
        Optional.of(newData));
  }

  /** Whether programs may only read the values. */
  public boolean readOnly() {
    return (flags & READ_ONLY_FOR_PROGRAMS) != 0;
  }
}
