package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.map.Memory;

/**
 * Memory accesses that must look at the address first: is it the context, and, when checked, is it
 * allowed?
 */
final class Access {
  private Access() {}

  /** A load, zero-extended. */
  static long load(Environment env, MemSize size, long address) {
    if (env.isContext(address)) {
      return env.loadContext(size, address);
    }
    if (env.checked) {
      env.requireReadable(address, size.bytes());
    }
    return Memory.load(size, address);
  }

  /** A store of the lower bytes of a value. */
  static void store(Environment env, MemSize size, long address, long value) {
    if (env.isContext(address)) {
      env.storeContext(size, address, value);
      return;
    }
    if (env.checked) {
      env.requireWritable(address, size.bytes());
    }
    Memory.store(size, address, value);
  }

  /** The address of an atomic operation's operand. */
  static long atomic(Environment env, MemSize size, long address) {
    if (env.checked) {
      env.requireWritable(address, size.bytes());
    }
    return address;
  }

  /** Stores the result of an atomic operation unless the memory has changed meanwhile. */
  static boolean exchange(Environment env, MemSize size, long address, long old, long value) {
    if (env.shared && (address & (size.bytes() - 1)) == 0) {
      return Memory.replace(size, address, old, value);
    }
    Memory.store(size, address, value);
    return true;
  }

  /** Address of a value at an offset of the packet; 0 if it is not inside. */
  static long packet(Environment env, MemSize size, long offset) {
    long available = env.packetEnd - env.packetStart;
    return offset < 0 || offset > available - size.bytes() ? 0 : env.packetStart + offset;
  }
}
