package dev.scr.cli;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.SkbProgram;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A program with its maps on one engine, packet by packet. For one thread. */
interface ObjectRun extends AutoCloseable {
  /** Handles a packet at a time and answers what the program returned. */
  int handle(byte[] packet, long timestampNs);

  /** What each map with keys holds, sorted by key. */
  Map<MapSpec, List<MapEntry>> maps();

  @Override
  void close();

  /** The program, loaded. */
  static ObjectRun of(BpfObject object, ProgramSpec spec, ReplicaEngine engine) {
    return switch (engine) {
      case INTERPRETER, JVM, JVM_CHECKED -> new Here(object, spec, engine);
      case KERNEL -> new Kernel(object, spec);
    };
  }

  /** In this process; the clock is the capture's. */
  final class Here implements ObjectRun {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment place = arena.allocate(1 << 18, 64);
    private final BpfInstance instance;
    private final Handler handler;
    private long nowNs;

    @FunctionalInterface
    private interface Handler {
      int run(byte[] packet);
    }

    private Here(BpfObject object, ProgramSpec spec, ReplicaEngine engine) {
      instance = BpfInstance.builder(object).engine(engine.machine()).clock(() -> nowNs).build();
      if (spec.type() == ProgramType.XDP) {
        XdpProgram program = instance.xdp(spec);
        handler = program::run;
      } else {
        SkbProgram program = instance.skb(spec);
        handler =
            packet -> {
              MemorySegment.copy(packet, 0, place, ValueLayout.JAVA_BYTE, 0, packet.length);
              return program.run(place, 0, packet.length);
            };
      }
    }

    @Override
    public int handle(byte[] packet, long timestampNs) {
      nowNs = timestampNs;
      return handler.run(packet);
    }

    @Override
    public Map<MapSpec, List<MapEntry>> maps() {
      Map<MapSpec, List<MapEntry>> maps = new LinkedHashMap<>();
      instance.maps().stream()
          .filter(map -> map.spec().keySize() > 0)
          .forEach(map -> maps.put(map.spec(), map.entries()));
      return maps;
    }

    @Override
    public void close() {
      instance.close();
      arena.close();
    }
  }

  /** In the kernel, with its clock. */
  final class Kernel implements ObjectRun {
    private final KernelInstance instance;
    private final KernelProgram program;

    private Kernel(BpfObject object, ProgramSpec spec) {
      instance = KernelInstance.create(object);
      try {
        program = instance.program(spec);
      } catch (RuntimeException e) {
        instance.close();
        throw e;
      }
    }

    @Override
    public int handle(byte[] packet, long timestampNs) {
      return program.run(packet);
    }

    @Override
    public Map<MapSpec, List<MapEntry>> maps() {
      Map<MapSpec, List<MapEntry>> maps = new LinkedHashMap<>();
      instance.maps().stream()
          .filter(map -> map.spec().keySize() > 0)
          .forEach(map -> maps.put(map.spec(), map.entries()));
      return maps;
    }

    @Override
    public void close() {
      instance.close();
    }
  }
}
