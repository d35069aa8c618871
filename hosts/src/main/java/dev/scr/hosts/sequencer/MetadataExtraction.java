package dev.scr.hosts.sequencer;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.machine.XdpProgram;
import dev.scr.hosts.program.Frames;
import dev.scr.hosts.program.ProgramObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The extraction that the program's own BPF code does, so that there is no second one in Java.
 * Confined to one thread.
 */
public final class MetadataExtraction implements Extraction, AutoCloseable {
  private static final Relevance[] BY_NUMBER = Relevance.values();

  private final Arena arena = Arena.ofConfined();
  private final Frames frames = new Frames(arena);
  private final BpfInstance instance;
  private final XdpProgram program;
  private final MemorySegment extracted;
  private long nowNs;

  /** The extraction of a program. */
  public MetadataExtraction(ProgramObject object, Engine engine) {
    instance = object.instance(engine, () -> nowNs);
    program = instance.xdp(ProgramObject.EXTRACT);
    extracted = instance.map(ProgramObject.EXTRACTED).value(new byte[4]).orElseThrow();
  }

  @Override
  public Relevance extract(byte[] frame, int length, long timestampNs, byte[] metadata) {
    nowNs = timestampNs;
    Relevance relevance = BY_NUMBER[program.run(frames.put(frame, length), length)];
    if (relevance == Relevance.RELEVANT) {
      MemorySegment.copy(extracted, ValueLayout.JAVA_BYTE, 0, metadata, 0, metadata.length);
    }
    return relevance;
  }

  @Override
  public void close() {
    instance.close();
    arena.close();
  }
}
