package dev.scr.ebpf.map;

import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import java.lang.foreign.Arena;

/** Values without keys: a queue (first in, first out) or a stack (last in, first out). */
public final class QueueMap extends BpfMap {
  private final boolean stack;
  private final long values;
  private final int stride;
  private final int capacity;
  private int head;
  private int size;

  QueueMap(MapSpec spec, Arena arena) {
    super(spec, arena);
    this.stack = spec.type() == MapType.STACK;
    this.stride = roundUp(spec.valueSize());
    this.capacity = spec.maxEntries();
    this.values = arena.allocate((long) stride * capacity, 8).address();
  }

  /** Adds a copy of a value; with flag {@link BpfMap#EXIST} a full map loses its oldest value. */
  public long push(long value, long flags) {
    if (flags != ANY && flags != EXIST) {
      return Errno.EINVAL;
    }
    if (size == capacity) {
      if (flags != EXIST) {
        return Errno.E2BIG;
      }
      head = (head + 1) % capacity;
      size--;
    }
    Memory.copy(value, place(size), spec().valueSize());
    size++;
    return Errno.OK;
  }

  /** Copies the next value to an address and removes it. */
  public long pop(long target) {
    long result = peek(target);
    if (result == Errno.OK) {
      size--;
      head = stack ? head : (head + 1) % capacity;
    }
    return result;
  }

  /** Copies the next value to an address. */
  public long peek(long target) {
    if (size == 0) {
      Memory.fill(target, spec().valueSize(), (byte) 0);
      return Errno.ENOENT;
    }
    Memory.copy(place(stack ? size - 1 : 0), target, spec().valueSize());
    return Errno.OK;
  }

  @Override
  public long lookup(long key) {
    return 0;
  }

  @Override
  public long update(long key, long value, long flags) {
    return push(value, flags);
  }

  @Override
  public long delete(long key) {
    return Errno.EINVAL;
  }

  @Override
  public boolean covers(long address, long bytes) {
    return false;
  }

  /** The values, oldest first, each with an empty key. */
  @Override
  void forEach(Visitor visitor) {
    for (int i = 0; i < size; i++) {
      visitor.entry(new byte[0], place(i));
    }
  }

  private long place(int index) {
    return values + (long) ((head + index) % capacity) * stride;
  }
}
