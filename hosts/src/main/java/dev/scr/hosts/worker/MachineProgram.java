package dev.scr.hosts.worker;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.Frames;
import dev.scr.hosts.program.ProgramObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** On an engine of this process: nothing is allocated per frame. */
final class MachineProgram implements ReplicaProgram {
  private final Arena arena = Arena.ofConfined();
  private final Frames frames = new Frames(arena);
  private final BpfInstance instance;
  private final XdpProgram program;
  private final MemorySegment progress;
  private final MemorySegment extracted;
  private final MemorySegment remembered;
  private @Nullable XdpProgram apply;

  MachineProgram(ProgramObject object, Engine engine, String function) {
    instance = object.instance(engine, System::nanoTime);
    program = instance.xdp(function);
    progress = instance.map(ProgramObject.PROGRESS).value(new byte[4]).orElseThrow();
    extracted = instance.map(ProgramObject.EXTRACTED).value(new byte[4]).orElseThrow();
    remembered = instance.map(ProgramObject.REMEMBERED).value(new byte[4]).orElseThrow();
  }

  @Override
  public int run(byte[] frame, int length) {
    return program.run(frames.put(frame, length), length);
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
    return extracted;
  }

  @Override
  public MemorySegment remembered() {
    return remembered;
  }

  @Override
  public void applyExtracted() {
    XdpProgram program = apply;
    if (program == null) {
      program = instance.xdp(ProgramObject.APPLY);
      apply = program;
    }
    program.run(frames.place(), 0);
  }

  @Override
  public List<StateMap> stateMaps() {
    List<StateMap> found = new ArrayList<>();
    instance
        .maps()
        .forEach(map -> {
          StateMap candidate = StateMap.of(map);
          if (candidate.isState()) {
            found.add(candidate);
          }
        });
    return found;
  }

  @Override
  public void close() {
    instance.close();
    arena.close();
  }
}
