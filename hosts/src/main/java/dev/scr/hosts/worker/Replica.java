package dev.scr.hosts.worker;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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

  /** Number of the newest packet in the state. */
  int applied() {
    return progress.get(ValueLayout.JAVA_INT, layout.applied());
  }

  /** Configuration generation of the newest frame. */
  int epoch() {
    return progress.get(ValueLayout.JAVA_INT, layout.epoch());
  }

  /** Counts a frame whose packet was in the state already. */
  void countLate() {
    count(layout.late());
  }

  /** Counts a frame of a restarted sequencer. */
  void countRestarted() {
    count(layout.restarted());
  }

  private void count(long offset) {
    progress.set(ValueLayout.JAVA_LONG, offset, progress.get(ValueLayout.JAVA_LONG, offset) + 1);
  }

  /** Applies the next packet, from its metadata. */
  void apply(byte[] metadata) {
    MemorySegment.copy(metadata, 0, program.extracted(), ValueLayout.JAVA_BYTE, 0, metadata.length);
    program.applyExtracted();
  }

  /** Goes on to another number although nothing is applied. */
  void applied(int sequence) {
    progress.set(ValueLayout.JAVA_INT, layout.applied(), sequence);
  }

  /** Metadata of the last packet handled. */
  void lastMetadata(byte[] into) {
    MemorySegment.copy(program.extracted(), ValueLayout.JAVA_BYTE, 0, into, 0, into.length);
  }

  /** The verdicts on the newest packets, by number modulo its length. */
  MemorySegment remembered() {
    return program.remembered();
  }

  /** A copy of everything that the program keeps. */
  Map<String, List<MapEntry>> copyMaps() {
    Map<String, List<MapEntry>> maps = new HashMap<>();
    program.stateMaps().forEach(map -> maps.put(map.spec().name(), map.entries().get()));
    return maps;
  }

  /** Takes over a copy of another replica of the same program. */
  void become(Map<String, List<MapEntry>> maps, int applied, int epoch) {
    program
        .stateMaps()
        .forEach(map ->
            map.become(Objects.requireNonNull(maps.get(map.spec().name()), map.spec().name())));
    applied(applied);
    progress.set(ValueLayout.JAVA_INT, layout.epoch(), epoch);
  }

  @Override
  public void close() {
    program.close();
  }
}
