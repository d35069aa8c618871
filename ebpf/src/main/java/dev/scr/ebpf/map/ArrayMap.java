package dev.scr.ebpf.map;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.MapSpec;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An array of values that all exist from the start, keyed by a 32-bit index. Also global data and
 * per-CPU arrays.
 */
public final class ArrayMap extends BpfMap {
  private final long values;
  private final int stride;
  private final int count;

  ArrayMap(MapSpec spec, Arena arena) {
    super(spec, arena);
    this.stride = roundUp(spec.valueSize());
    this.count = spec.maxEntries();
    this.values = Memory.lines(arena, (long) stride * count);
    spec.data().ifPresent(data -> Memory.store(values, data.bytes()));
  }

  /** Address of the first value. */
  public long address() {
    return values;
  }

  /** Distance of two values in bytes: the value size rounded up to 8. */
  public int stride() {
    return stride;
  }

  @Override
  public long lookup(long key) {
    long index = Memory.load(MemSize.W, key);
    return index < count ? values + index * stride : 0;
  }

  @Override
  public long update(long key, long value, long flags) {
    if (flags < 0 || flags > EXIST) {
      return Errno.EINVAL;
    }
    long target = lookup(key);
    if (target == 0) {
      return Errno.E2BIG;
    }
    if (flags == NO_EXIST) {
      return Errno.EEXIST;
    }
    Memory.copy(value, target, spec().valueSize());
    return Errno.OK;
  }

  @Override
  public long delete(long key) {
    return Errno.EINVAL;
  }

  @Override
  public boolean covers(long address, long bytes) {
    long offset = address - values;
    return offset >= 0
        && offset < (long) stride * count
        && offset % stride + bytes <= spec().valueSize();
  }

  @Override
  void forEach(Visitor visitor) {
    for (int i = 0; i < count; i++) {
      byte[] key = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(i).array();
      visitor.entry(key, values + (long) i * stride);
    }
  }
}
