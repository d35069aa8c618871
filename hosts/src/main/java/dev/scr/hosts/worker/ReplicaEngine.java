package dev.scr.hosts.worker;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.program.ProgramObject;

/** What runs replicas: an engine of this process, or the kernel. */
public enum ReplicaEngine {
  INTERPRETER(Engine.INTERPRETER),
  JVM(Engine.JVM),
  JVM_CHECKED(Engine.JVM_CHECKED),
  /**
   * The kernel, by BPF_PROG_TEST_RUN for each frame. Needs CAP_BPF and CAP_NET_ADMIN; frames of 14
   * to 3520 bytes.
   */
  KERNEL(Engine.JVM);

  private final Engine machine;

  ReplicaEngine(Engine machine) {
    this.machine = machine;
  }

  /**
   * What runs beside the replicas in this process: extraction, and the sequential program, whose
   * clock is the trace's.
   */
  public Engine machine() {
    return machine;
  }

  /**
   * A replica with an empty state, for the calling thread and frames from number 1 on.
   *
   * @throws dev.scr.linux.object.KernelRefusal if the kernel is to run it and does not
   */
  public Replica replica(ProgramObject object) {
    return replica(object, ProgramObject.SCR, 0);
  }

  /**
   * A replica with an empty state, for the calling thread.
   *
   * @param function the function that handles a frame
   * @param applied number of the packet before the first one that it is to see
   */
  public Replica replica(ProgramObject object, String function, int applied) {
    ReplicaProgram program =
        switch (this) {
          case INTERPRETER, JVM, JVM_CHECKED -> new MachineProgram(object, machine, function);
          case KERNEL -> new KernelReplicaProgram(object, function);
        };
    return new Replica(object, program, applied);
  }

  /**
   * Whether replicas can run here, found out before a run starts.
   *
   * @param longestFrame of the run, in bytes
   * @throws dev.scr.linux.object.KernelRefusal with the reason if not
   */
  public void check(ProgramObject object, int longestFrame) {
    switch (this) {
      case INTERPRETER, JVM, JVM_CHECKED -> {}
      case KERNEL -> KernelReplicaProgram.check(object, longestFrame);
    }
  }
}
