package dev.scr.hosts.bench;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.linux.bpf.TestInput;
import dev.scr.linux.machine.Cpus;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A program that feeds itself, loaded on one engine with maps of its own. For one thread; times are
 * processor time of that thread, so that others on the machine count as little as possible.
 */
interface EngineLoop extends AutoCloseable {
  /** Runs the program so many times and answers the nanoseconds of processor time. */
  long run(int times);

  /** What a map holds. */
  List<MapEntry> entries(String map);

  @Override
  void close();

  /** Compiled by this JVM, unchecked: the kernel's verifier accepts the same program. */
  final class Jvm implements EngineLoop {
    private final Arena arena = Arena.ofConfined();
    private final BpfInstance instance;
    private final XdpProgram program;
    private final MemorySegment frame;
    private final int frameBytes;

    Jvm(ProgramSpec spec, WorkerFrames frames) {
      instance = BpfInstance.builder(spec.maps()).engine(Engine.JVM).build();
      instance.map(FedHandler.FRAMES).update(new byte[4], frames.bytes());
      program = instance.xdp(spec);
      frameBytes = frames.frameBytes();
      frame = arena.allocate(frameBytes, 64).copyFrom(MemorySegment.ofArray(frames.first()));
    }

    /** A program that runs on one frame. */
    Jvm(ProgramSpec spec, byte[] only) {
      instance = BpfInstance.builder(spec.maps()).engine(Engine.JVM).build();
      program = instance.xdp(spec);
      frameBytes = only.length;
      frame = arena.allocate(frameBytes, 64).copyFrom(MemorySegment.ofArray(only));
    }

    @Override
    public long run(int times) {
      long before = Cpus.threadTimeNs();
      loop(times);
      return Cpus.threadTimeNs() - before;
    }

    private void loop(int times) {
      for (int i = 0; i < times; i++) {
        program.run(frame, frameBytes);
      }
    }

    @Override
    public List<MapEntry> entries(String map) {
      return instance.map(map).entries();
    }

    @Override
    public void close() {
      instance.close();
      arena.close();
    }
  }

  /** Compiled by the kernel, run by BPF_PROG_TEST_RUN. */
  final class Kernel implements EngineLoop {
    private final KernelInstance instance;
    private final KernelProgram program;
    private final TestInput input;

    Kernel(ProgramSpec spec, WorkerFrames frames) {
      instance = KernelInstance.builder(spec.maps()).build();
      try {
        instance.map(FedHandler.FRAMES).update(new byte[4], frames.bytes());
        program = instance.program(spec);
        input = TestInput.of(frames.first());
      } catch (RuntimeException e) {
        instance.close();
        throw e;
      }
    }

    /** A program that runs on one frame. */
    Kernel(ProgramSpec spec, byte[] only) {
      instance = KernelInstance.builder(spec.maps()).build();
      try {
        program = instance.program(spec);
        input = TestInput.of(only);
      } catch (RuntimeException e) {
        instance.close();
        throw e;
      }
    }

    @Override
    public long run(int times) {
      return program.run(input.repeated(times)).threadTimeNs();
    }

    @Override
    public List<MapEntry> entries(String map) {
      return instance.map(map).entries();
    }

    @Override
    public void close() {
      instance.close();
    }
  }
}
