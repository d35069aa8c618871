package dev.scr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.MappedMemory;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.machine.Cpus;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A map in the kernel; it lives until this is closed and no program refers to it any more. Keys and
 * values are bytes in the machine's order. Threads may share it: each operation is one system call.
 * An interface number in a device map is looked up in the calling thread's network namespace.
 */
public final class BpfMap implements AutoCloseable {
  private final MapSpec spec;
  private final FileDescriptor descriptor;
  private final int valueBytes;

  /** What an update may do. */
  public enum Update {
    ANY(0),
    /** Only add. */
    NEW(1),
    /** Only replace. */
    EXISTING(2);

    private final long flag;

    Update(int flag) {
      this.flag = flag;
    }
  }

  /** A key and its value, copied out of the kernel. */
  @SuppressWarnings("ArrayRecordComponent") // Copies to look at; equality is the caller's business.
  public record Entry(byte[] key, byte[] value) {}

  private BpfMap(MapSpec spec, FileDescriptor descriptor) {
    this.spec = spec;
    this.descriptor = descriptor;
    this.valueBytes =
        spec.type().perCpu() ? ((spec.valueBytes() + 7) & ~7) * Cpus.possible() : spec.valueBytes();
  }

  /**
   * Makes a map. Needs CAP_BPF.
   *
   * @throws SystemCallException EINVAL when the kernel doesn't take the sizes, flags or type; E2BIG
   *     when it would be too large
   */
  public static BpfMap create(MapSpec spec) {
    return create(spec, 0);
  }

  /**
   * Makes a map of maps.
   *
   * @param inner what the maps in it are like; it may be closed afterwards
   */
  public static BpfMap create(MapSpec spec, BpfMap inner) {
    return create(spec, inner.fd());
  }

  private static BpfMap create(MapSpec spec, int inner) {
    try (Attribute attribute = new Attribute()) {
      attribute
          .set(0, spec.type().number())
          .set(4, spec.keyBytes())
          .set(8, spec.valueBytes())
          .set(12, spec.maxEntries())
          .set(16, spec.flags())
          .set(20, inner)
          .name(28, spec.name());
      spec.types()
          .ifPresent(types ->
              attribute
                  .set(48, types.btf().fd())
                  .set(52, types.keyTypeId())
                  .set(56, types.valueTypeId()));
      return new BpfMap(spec, attribute.open(Command.MAP_CREATE, "create " + spec));
    }
  }

  public MapSpec spec() {
    return spec;
  }

  /** For an instruction that refers to the map; see {@link ProgramSpec#withMap}. */
  public int fd() {
    return descriptor.number();
  }

  /**
   * Bytes that lookups give and updates take: all processors' values, each padded to 8, for
   * per-processor maps.
   */
  public int valueBytes() {
    return valueBytes;
  }

  /** The value under {@code key}. */
  public Optional<byte[]> lookup(byte[] key) {
    try (Attribute attribute = new Attribute()) {
      MemorySegment value = attribute.room(valueBytes);
      return find(attribute, key, value) ? Optional.of(value.toArray(JAVA_BYTE)) : Optional.empty();
    }
  }

  private boolean find(Attribute attribute, byte[] key, MemorySegment value) {
    checkSize("key", key.length, spec.keyBytes());
    attribute.set(0, fd()).point(8, key).point(16, value);
    return isThere(attribute.call(Command.MAP_LOOKUP), "look up a key in");
  }

  /** Puts {@code value} under {@code key}, whatever was there. */
  public void update(byte[] key, byte[] value) {
    if (!update(key, value, Update.ANY)) {
      throw new SystemCallException("update " + spec, Errno.ENOENT);
    }
  }

  /**
   * Puts {@code value} under {@code key}.
   *
   * @return false when the key was there and shouldn't have been, or the other way round
   * @throws SystemCallException E2BIG when the map is full
   */
  public boolean update(byte[] key, byte[] value, Update mode) {
    checkSize("key", key.length, spec.keyBytes());
    checkSize("value", value.length, valueBytes);
    try (Attribute attribute = new Attribute()) {
      attribute.set(0, fd()).point(8, key).point(16, value).set(24, mode.flag);
      int result = attribute.call(Command.MAP_UPDATE);
      return result != -Errno.EEXIST && isThere(result, "update");
    }
  }

  /** Removes {@code key}; false when it wasn't there. */
  public boolean delete(byte[] key) {
    checkSize("key", key.length, spec.keyBytes());
    try (Attribute attribute = new Attribute()) {
      attribute.set(0, fd()).point(8, key);
      return isThere(attribute.call(Command.MAP_DELETE), "delete a key from");
    }
  }

  /**
   * The key after {@code key} in the kernel's order, or the first one after an empty key or one
   * that isn't there.
   */
  public Optional<byte[]> nextKey(Optional<byte[]> key) {
    key.ifPresent(bytes -> checkSize("key", bytes.length, spec.keyBytes()));
    try (Attribute attribute = new Attribute()) {
      MemorySegment next = attribute.room(spec.keyBytes());
      attribute.set(0, fd()).point(16, next);
      key.ifPresent(bytes -> attribute.point(8, bytes));
      return isThere(attribute.call(Command.MAP_NEXT_KEY), "walk")
          ? Optional.of(next.toArray(JAVA_BYTE))
          : Optional.empty();
    }
  }

  /** All entries, in the kernel's order. A snapshot only while nobody changes the map. */
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    Optional<byte[]> key = nextKey(Optional.empty());
    // A map that changes meanwhile may send the walk back to its start; its capacity bounds it.
    for (long left = Integer.toUnsignedLong(spec.maxEntries());
        key.isPresent() && left > 0;
        left--) {
      byte[] bytes = key.get();
      lookup(bytes).ifPresent(value -> entries.add(new Entry(bytes, value)));
      key = nextKey(key);
    }
    return entries;
  }

  /**
   * Forbids further updates from user space, which lets the verifier treat a read-only map's values
   * as constants.
   */
  public void freeze() {
    try (Attribute attribute = new Attribute()) {
      attribute.set(0, fd()).check(Command.MAP_FREEZE, "freeze " + spec);
    }
  }

  /**
   * The values of an array made with {@link MapSpec#MMAPABLE}, each padded to 8 bytes, as memory
   * shared with the programs.
   */
  public MappedMemory map() {
    long stride = (spec.valueBytes() + 7L) & ~7L;
    return MappedMemory.of(descriptor, stride * spec.maxEntries(), 0, "map " + spec);
  }

  public MapInfo info() {
    return MapInfo.of(descriptor);
  }

  private boolean isThere(int result, String what) {
    if (result == -Errno.ENOENT) {
      return false;
    }
    SystemCallException.check(result, what + " " + spec);
    return true;
  }

  private void checkSize(String what, int found, int expected) {
    if (found != expected) {
      throw new IllegalArgumentException(
          spec + ": expected a " + what + " of " + expected + " bytes, found " + found);
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return spec.toString();
  }
}
