package dev.scr.ebpf.map;

import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Maps by key: {@code array_of_maps} and {@code hash_of_maps}. A program's lookup finds what stands
 * in a register for the inner map, which is no address: it can be handed to helpers, and an access
 * through it is trapped. Programs cannot change the entries; Java code sets them. A lookup copies
 * the key.
 */
public final class MapOfMaps extends BpfMap {
  private final Map<MapEntry, Inner> maps = new TreeMap<>();
  private final long scratch;

  /** An inner map and what stands for it in a register. */
  private record Inner(BpfMap map, long handle) {}

  MapOfMaps(MapSpec spec, Arena arena) {
    super(spec, arena);
    this.scratch = arena.allocate(8, 8).address();
  }

  /**
   * Puts an inner map in place.
   *
   * @param handle what programs find, not 0
   * @throws MapException if there is no room, or the other inner maps have other keys or values
   */
  public void set(byte[] key, BpfMap inner, long handle) {
    if (key.length != spec().keySize()) {
      throw failure("expected a key of " + spec().keySize() + " bytes, found " + key.length);
    }
    MapSpec mine = inner.spec();
    for (Inner other : maps.values()) {
      MapSpec theirs = other.map.spec();
      if (theirs.type() != mine.type()
          || theirs.keySize() != mine.keySize()
          || theirs.valueSize() != mine.valueSize()) {
        throw failure("expected a map like " + theirs.name() + ", found " + mine.name());
      }
    }
    MapEntry at = at(key);
    boolean isArray = spec().type() == MapType.ARRAY_OF_MAPS;
    boolean fits =
        isArray
            ? Integer.compareUnsigned(index(key), spec().maxEntries()) < 0
            : maps.containsKey(at) || maps.size() < spec().maxEntries();
    if (!fits) {
      throw failure("expected room for an entry, found a capacity of " + spec().maxEntries());
    }
    maps.put(at, new Inner(inner, handle));
  }

  private static int index(byte[] key) {
    return ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private static MapEntry at(byte[] key) {
    return new MapEntry(key, new byte[0]);
  }

  private @Nullable Inner inner(long key) {
    return maps.get(at(Memory.bytes(key, spec().keySize())));
  }

  /** What stands for the inner map of the key at an address; 0 if there is none. */
  @Override
  public long lookup(long key) {
    Inner inner = inner(key);
    return inner == null ? 0 : inner.handle;
  }

  @Override
  long find(long key) {
    // What a program finds is no address; Java code sees the number of the map.
    Inner inner = inner(key);
    if (inner == null) {
      return 0;
    }
    Memory.store(scratch, number(inner));
    return scratch;
  }

  private byte[] number(Inner inner) {
    byte[] number = new byte[spec().valueSize()];
    for (int i = 0; i < Math.min(4, number.length); i++) {
      number[i] = (byte) (inner.handle >>> (8 * i));
    }
    return number;
  }

  @Override
  public long update(long key, long value, long flags) {
    return Errno.EINVAL;
  }

  @Override
  public long delete(long key) {
    return Errno.EINVAL;
  }

  @Override
  public boolean covers(long address, long bytes) {
    return false;
  }

  @Override
  void forEach(Visitor visitor) {
    maps.forEach((key, inner) -> {
      Memory.store(scratch, number(inner));
      visitor.entry(key.key(), scratch);
    });
  }
}
