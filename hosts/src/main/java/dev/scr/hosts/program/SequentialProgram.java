package dev.scr.hosts.program;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.MapEntry;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * The program as everyone writes it, on one core with one state: the definition of what is right.
 * Confined to one thread.
 */
public final class SequentialProgram implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final Frames frames = new Frames(arena);
  private final BpfInstance instance;
  private final XdpProgram program;
  private final XdpProgram control;
  private long nowNs;

  /** An instance with an empty state. */
  public SequentialProgram(ProgramObject object, Engine engine) {
    instance = object.instance(engine, () -> nowNs);
    program = instance.xdp(ProgramObject.SEQUENTIAL);
    control = instance.xdp(ProgramObject.CONTROL);
  }

  /** Handles a packet at a time. */
  public Verdict handle(byte[] packet, int length, long timestampNs) {
    nowNs = timestampNs;
    return Verdict.of(program.run(frames.put(packet, length), length));
  }

  /** Does what a control frame from the controller says. */
  public Verdict control(byte[] frame, int length) {
    return Verdict.of(control.run(frames.put(frame, length), length));
  }

  /** The state, sorted by key. */
  public List<MapEntry> state() {
    return instance.map(ProgramObject.STATE).entries();
  }

  /** Takes over an entry of another instance's state, as when a shard moves. */
  public void adopt(MapEntry entry) {
    instance.map(ProgramObject.STATE).update(entry.key(), entry.value());
  }

  /** Forgets an entry that another instance has taken over. */
  public void release(MapEntry entry) {
    instance.map(ProgramObject.STATE).delete(entry.key());
  }

  @Override
  public void close() {
    instance.close();
    arena.close();
  }
}
