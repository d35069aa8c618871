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

  /** Metadata of one packet, on its way into or out of the program. */
  MemorySegment extracted();

  /** The program's {@code struct remembered}. */
  MemorySegment remembered();

  /** Applies the metadata in {@link #extracted}. */
  void applyExtracted();

  /** Everything that the program keeps from packet to packet, {@link #progress} apart. */
  List<StateMap> stateMaps();

  @Override
  void close();
}
