package dev.scr.hosts.strategy;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * One state for all cores: each core runs the program on maps that are the same memory. Threads of
 * their own may use the instances that {@link #instance} gives, each its own; closed last.
 */
public final class SharedState implements AutoCloseable {
  /** The function that changes a shared state by atomic additions alone. */
  public static final String SHARED_ATOMIC = "shared_atomic";

  private final ProgramObject object;
  private final Engine engine;
  private final BpfInstance owner;

  /** An empty state. */
  public SharedState(ProgramObject object, Engine engine) {
    this.object = object;
    this.engine = engine;
    this.owner = BpfInstance.builder(object.object()).engine(engine).shared().build();
  }

  /** The program for one thread, on the common maps. */
  public BpfInstance instance(LongSupplier clockNs) {
    return BpfInstance.builder(object.object())
        .engine(engine)
        .clock(clockNs)
        .sharing(owner)
        .build();
  }

  /** The common state, sorted by key. */
  public List<MapEntry> state() {
    return owner.map(ProgramObject.STATE).entries();
  }

  /** Forgets everything; nobody may use the state meanwhile. */
  public void clear() {
    for (MapEntry entry : state()) {
      owner.map(ProgramObject.STATE).delete(entry.key());
    }
  }

  @Override
  public void close() {
    owner.close();
  }
}
