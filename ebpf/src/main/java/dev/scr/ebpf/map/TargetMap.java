package dev.scr.ebpf.map;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.MapSpec;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where packets can be redirected to, by index: devmap, cpumap, xskmap. An entry exists once it was
 * set.
 */
public final class TargetMap extends BpfMap {
  private final long values;
  private final int stride;
  private final boolean[] present;

  TargetMap(MapSpec spec, Arena arena) {
    super(spec, arena);
    this.stride = roundUp(spec.valueSize());
    this.present = new boolean[spec.maxEntries()];
    this.values = arena.allocate((long) stride * present.length, 8).address();
  }

  @Override
  public long lookup(long key) {
    long index = Memory.load(MemSize.W, key);
    return index < present.length && present[(int) index] ? values + index * stride : 0;
  }

  @Override
  public long update(long key, long value, long flags) {
    long index = Memory.load(MemSize.W, key);
    if (flags < 0 || flags > EXIST) {
      return Errno.EINVAL;
    }
    if (index >= present.length) {
      return Errno.E2BIG;
    }
    if (flags == NO_EXIST) {
      return Errno.EEXIST;
    }
    present[(int) index] = true;
    Memory.copy(value, values + index * stride, spec().valueSize());
    return Errno.OK;
  }

  @Override
  public long delete(long key) {
    long index = Memory.load(MemSize.W, key);
    if (index >= present.length) {
      return Errno.EINVAL;
    }
    present[(int) index] = false;
    return Errno.OK;
  }

  @Override
  public boolean covers(long address, long bytes) {
    long offset = address - values;
    return offset >= 0
        && offset < (long) stride * present.length
        && offset % stride + bytes <= spec().valueSize();
  }

  @Override
  void forEach(Visitor visitor) {
    for (int i = 0; i < present.length; i++) {
      if (present[i]) {
        byte[] key = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(i).array();
        visitor.entry(key, values + (long) i * stride);
      }
    }
  }
}
