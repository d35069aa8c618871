package dev.scr.hosts.worker;

import dev.scr.ebpf.map.MapEntry;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a replica stands on: its program and maps, wherever these are. The seam between engines of
 * this process and the kernel. Confined to one thread.
 */
interface ReplicaProgram extends AutoCloseable {
  /** Runs the program on the first {@code length} bytes of a frame; answers what it returned. */
  int run(byte[] frame, int length);

  /** The program's {@code struct progress}, which it writes and the replica reads. */
  MemorySegment progress();

  /** The program's state, sorted by key. */
  List<MapEntry> state();

  @Override
  void close();
}
