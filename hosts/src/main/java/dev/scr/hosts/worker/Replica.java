package dev.scr.hosts.worker;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.Frames;
import dev.scr.hosts.program.ProgramObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A private copy of all state, kept up by the history in each frame. It fast-forwards and handles
 * in one run of the program's {@code scr} function. Confined to the thread that created it.
 */
public final class Replica implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final Frames frames = new Frames(arena);
  private final BpfInstance instance;
  private final XdpProgram program;
  private final MemorySegment progress;
  private final ProgressLayout layout;

  /** A replica with an empty state, for frames from number 1 on. */
  public Replica(ProgramObject object, Engine engine) {
    this(object, engine, ProgramObject.SCR, 0);
  }

  /**
   * A replica with an empty state.
   *
   * @param function the function that handles a frame
   * @param applied number of the packet before the first one that it is to see
   */
  public Replica(ProgramObject object, Engine engine, String function, int applied) {
    instance = object.instance(engine, System::nanoTime);
    program = instance.xdp(function);
    progress = instance.map(ProgramObject.PROGRESS).value(new byte[4]).orElseThrow();
    layout = ProgressLayout.of(object.object().btf());
    progress.set(ValueLayout.JAVA_INT, layout.applied(), applied);
  }

  /** Handles one frame from the sequencer; answers the verdict's number. */
  public int handle(byte[] frame, int length) {
    return program.run(frames.put(frame, length), length);
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
    return instance.map(ProgramObject.STATE).entries();
  }

  @Override
  public void close() {
    instance.close();
    arena.close();
  }
}
