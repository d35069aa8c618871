package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.Errno;
import dev.scr.ebpf.map.Memory;
import dev.scr.ebpf.map.PerfEventArrayMap;
import dev.scr.ebpf.map.QueueMap;
import dev.scr.ebpf.map.RingBufferMap;
import java.util.Arrays;

/** Helper functions on maps, by handle and addresses. */
final class MapHelpers {
  private static final int MAX_EVENT_BYTES = 65_535;

  private MapHelpers() {}

  static long lookup(Environment env, long handle, long key) {
    BpfMap map = env.map(handle);
    env.requireReadableIfChecked(key, map.spec().keySize());
    LookupObserver observer = env.lookups;
    if (observer != null) {
      observer.lookup(map.spec(), Memory.bytes(key, map.spec().keySize()));
    }
    return map.lookup(key);
  }

  static long update(Environment env, long handle, long key, long value, long flags) {
    BpfMap map = env.map(handle);
    env.requireReadableIfChecked(key, map.spec().keySize());
    env.requireReadableIfChecked(value, map.spec().valueSize());
    return map.update(key, value, flags);
  }

  static long delete(Environment env, long handle, long key) {
    BpfMap map = env.map(handle);
    env.requireReadableIfChecked(key, map.spec().keySize());
    return map.delete(key);
  }

  static long push(Environment env, long handle, long value, long flags) {
    QueueMap queue = queue(env, handle);
    env.requireReadableIfChecked(value, queue.spec().valueSize());
    return queue.push(value, flags);
  }

  static long pop(Environment env, long handle, long target) {
    QueueMap queue = queue(env, handle);
    requireWritable(env, target, queue.spec().valueSize());
    return queue.pop(target);
  }

  static long peek(Environment env, long handle, long target) {
    QueueMap queue = queue(env, handle);
    requireWritable(env, target, queue.spec().valueSize());
    return queue.peek(target);
  }

  static long output(Environment env, long handle, long data, long bytes, long flags) {
    env.requireReadableIfChecked(data, bytes);
    return ring(env, handle).output(data, bytes, flags);
  }

  /** An event: the data, then as many bytes of the packet as bits 32 to 51 of the flags say. */
  static long event(Environment env, long handle, long flags, long data, long bytes) {
    if (!(env.map(handle) instanceof PerfEventArrayMap events)) {
      throw new Fault("expected a perf event array, found map " + env.map(handle).spec().name());
    }
    env.requireReadableIfChecked(data, bytes);
    long fromPacket = flags >>> 32;
    if (bytes < 0 || bytes > MAX_EVENT_BYTES || fromPacket > env.packetEnd - env.packetStart) {
      return Errno.EFAULT;
    }
    byte[] event = Arrays.copyOf(Memory.bytes(data, (int) bytes), (int) (bytes + fromPacket));
    byte[] packet = Memory.bytes(env.packetStart, (int) fromPacket);
    System.arraycopy(packet, 0, event, (int) bytes, packet.length);
    return events.add(event);
  }

  static long reserve(Environment env, long handle, long bytes, long flags) {
    return ring(env, handle).reserve(bytes, flags);
  }

  /** Submits or discards a record; its address tells which ring buffer it is in. */
  static long commit(Environment env, long data, boolean discard) {
    for (int i = 0; i < env.maps.size(); i++) {
      if (env.maps.get(i) instanceof RingBufferMap ring && ring.covers(data, 0)) {
        ring.commit(data, discard);
        return 0;
      }
    }
    throw new Fault("expected a reserved record of a ring buffer, found " + env.describe(data));
  }

  static long query(Environment env, long handle, long what) {
    return ring(env, handle).query(what);
  }

  /**
   * Takes the lock word at an address: 0 is free, 1 taken. Without other threads there is nothing
   * to do.
   */
  static long lock(Environment env, long address) {
    requireWritable(env, address, 4);
    while (env.shared && !Memory.replace(MemSize.W, address, 0, 1)) {
      Thread.onSpinWait();
    }
    return 0;
  }

  static long unlock(Environment env, long address) {
    requireWritable(env, address, 4);
    if (env.shared && !Memory.replace(MemSize.W, address, 1, 0)) {
      throw new Fault("expected a lock that is taken, found " + env.describe(address));
    }
    return 0;
  }

  private static void requireWritable(Environment env, long address, long bytes) {
    if (env.checked) {
      env.requireWritable(address, bytes);
    }
  }

  private static QueueMap queue(Environment env, long handle) {
    if (env.map(handle) instanceof QueueMap queue) {
      return queue;
    }
    throw new Fault("expected a queue or stack, found map " + env.map(handle).spec().name());
  }

  private static RingBufferMap ring(Environment env, long handle) {
    if (env.map(handle) instanceof RingBufferMap ring) {
      return ring;
    }
    throw new Fault("expected a ring buffer, found map " + env.map(handle).spec().name());
  }
}
