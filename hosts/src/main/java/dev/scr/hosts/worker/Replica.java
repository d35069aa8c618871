package dev.scr.hosts.worker;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A private copy of all state, kept up by the history in each frame. It fast-forwards and handles
 * in one run of the program's {@code scr} function. Confined to the thread that created it; {@link
 * ReplicaEngine} says where the program can run.
 */
public final class Replica implements AutoCloseable {
  private final ReplicaProgram program;
  private final MemorySegment progress;
  private final ProgressLayout layout;

  /**
   * A replica with an empty state, which closes {@code program} when it is closed.
   *
   * @param applied number of the packet before the first one that it is to see
   */
  Replica(ProgramObject object, ReplicaProgram program, int applied) {
    this.program = program;
    progress = program.progress();
    layout = ProgressLayout.of(object.object().btf());
    progress.set(ValueLayout.JAVA_INT, layout.applied(), applied);
  }

  /** Handles one frame from the sequencer; answers the verdict's number. */
  public int handle(byte[] frame, int length) {
    return program.run(frame, length);
  }

  /** Packets that no frame has carried to this replica so far. */
  public long missed() {
    return progress.get(ValueLayout.JAVA_LONG, layout.missed());
  }

  /** Frames so far that did not lead to a verdict: refused, late, or of a restarted sequencer. */
  public long unhandled() {
    return progress.get(ValueLayout.JAVA_LONG, layout.late())
        + progress.get(ValueLayout.JAVA_LONG, layout.restarted())
        + progress.get(ValueLayout.JAVA_LONG, layout.refused());
  }

  /** Where the replica stands. */
  public Progress progress() {
    return layout.read(progress);
  }

  /** The state, sorted by key. */
  public List<MapEntry> state() {
    return program.state();
  }

  @Override
  public void close() {
    program.close();
  }
}
