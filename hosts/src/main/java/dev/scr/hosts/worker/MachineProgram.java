package dev.scr.hosts.worker;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.Frames;
import dev.scr.hosts.program.ProgramObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** On an engine of this process: nothing is allocated per frame. */
final class MachineProgram implements ReplicaProgram {
  private final Arena arena = Arena.ofConfined();
  private final Frames frames = new Frames(arena);
  private final BpfInstance instance;
  private final XdpProgram program;
  private final MemorySegment progress;

  MachineProgram(ProgramObject object, Engine engine, String function) {
    instance = object.instance(engine, System::nanoTime);
    program = instance.xdp(function);
    progress = instance.map(ProgramObject.PROGRESS).value(new byte[4]).orElseThrow();
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
  public void close() {
    instance.close();
    arena.close();
  }
}
