package dev.scr.ebpf.machine;

import dev.scr.ebpf.object.MapSpec;

/** Is told what a program looks up. */
@FunctionalInterface
public interface LookupObserver {
  /** A lookup by helper call, found or not; the key is a copy. */
  void lookup(MapSpec map, byte[] key);
}
