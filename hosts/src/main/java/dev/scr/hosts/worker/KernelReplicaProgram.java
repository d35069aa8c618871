package dev.scr.hosts.worker;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * In the kernel: a test run per frame, maps in the kernel, and {@code struct progress} as memory
 * shared with it.
 */
final class KernelReplicaProgram implements ReplicaProgram {
  /** What a test run needs where the program does not look at it. */
  private static final byte[] SHORTEST_FRAME = new byte[14];

  private final KernelInstance instance;
  private final KernelProgram program;
  private final MemorySegment progress;

  KernelReplicaProgram(ProgramObject object, String function) {
    instance =
        KernelInstance.builder(object.object())
            .shared(ProgramObject.PROGRESS)
            .shared(ProgramObject.EXTRACTED)
            .shared(ProgramObject.REMEMBERED)
            .build();
    try {
      program = instance.program(function);
      progress = instance.map(ProgramObject.PROGRESS).memory();
    } catch (RuntimeException e) {
      instance.close();
      throw e;
    }
  }

  /** Loads the program and runs it on a frame of that length, which it refuses. */
  static void check(ProgramObject object, int longestFrame) {
    try (KernelReplicaProgram program = new KernelReplicaProgram(object, ProgramObject.SCR)) {
      program.run(new byte[longestFrame], longestFrame);
    }
  }

  @Override
  public int run(byte[] frame, int length) {
    return program.run(frame, length);
  }

  @Override
  public MemorySegment progress() {
    return progress;
  }

  @Override
  public List<MapEntry> state() {
    return instance.map(ProgramObject.STATE).entries();
  }

  @Override
  public MemorySegment extracted() {
    return instance.map(ProgramObject.EXTRACTED).memory();
  }

  @Override
  public MemorySegment remembered() {
    return instance.map(ProgramObject.REMEMBERED).memory();
  }

  @Override
  public void applyExtracted() {
    instance.program(ProgramObject.APPLY).run(SHORTEST_FRAME, SHORTEST_FRAME.length);
  }

  @Override
  public List<StateMap> stateMaps() {
    return instance.maps().stream().map(StateMap::of).filter(StateMap::isState).toList();
  }

  @Override
  public void close() {
    instance.close();
  }
}
