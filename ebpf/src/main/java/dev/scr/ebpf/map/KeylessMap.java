package dev.scr.ebpf.map;

import dev.scr.ebpf.object.MapSpec;
import java.lang.foreign.Arena;

/**
 * A map in which nothing is found by a key: programs reach what it holds by helpers of its own, and
 * the helpers for entries answer as the kernel's do.
 */
abstract sealed class KeylessMap extends BpfMap
    permits PerfEventArrayMap, ProgArrayMap, RingBufferMap {
  KeylessMap(MapSpec spec, Arena arena) {
    super(spec, arena);
  }

  @Override
  public final long lookup(long key) {
    return 0;
  }

  @Override
  public final long update(long key, long value, long flags) {
    return Errno.EINVAL;
  }

  @Override
  public final long delete(long key) {
    return Errno.EINVAL;
  }

  @Override
  public boolean covers(long address, long bytes) {
    return false;
  }

  @Override
  final void forEach(Visitor visitor) {}
}
