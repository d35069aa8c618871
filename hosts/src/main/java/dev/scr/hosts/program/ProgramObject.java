package dev.scr.hosts.program;

import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.Btf;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.pipeline.PacketProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * A packet program as clang made it: one object with a function for each way to run it ({@code
 * variants.bpf.h}), a map {@code state}, and {@code struct meta}. Immutable.
 *
 * @param program its row
 * @param object the object
 */
public record ProgramObject(PacketProgram program, BpfObject object) {
  /** Packet to metadata; returns {@code enum relevance}. */
  public static final String EXTRACT = "extract_metadata";

  /** The program on one core with one state. */
  public static final String SEQUENTIAL = "sequential";

  /** One replica of state-compute replication. */
  public static final String SCR = "scr";

  /** The same, for a replica that recovers losses. */
  public static final String SCR_RECOVERING = "scr_recovering";

  /** Applies one packet from the metadata in {@link #EXTRACTED}. */
  public static final String APPLY = "apply_extracted";

  /** The map that holds the program's state. */
  public static final String STATE = "state";

  /** The map that says where a replica stands. */
  public static final String PROGRESS = "progress";

  /** The map in which {@link #EXTRACT} leaves metadata. */
  public static final String EXTRACTED = "extracted";

  /** The map that holds the verdicts on the newest packets. */
  public static final String REMEMBERED = "remembered";

  /** The object of a program, from the jar. */
  public static ProgramObject of(PacketProgram program) {
    String name = program.programName() + ".bpf.o";
    try (InputStream in = ProgramObject.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("dev/scr/hosts/program/" + name + " is not in the jar");
      }
      return new ProgramObject(program, BpfObject.read(in.readAllBytes(), name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A private instance of all maps and functions, whose helper for the time answers from a clock.
   */
  public BpfInstance instance(Engine engine, LongSupplier clockNs) {
    return BpfInstance.builder(object).engine(engine).clock(clockNs).build();
  }

  /** The layout of one slot of history. */
  public Btf.Layout metadata() {
    return object
        .btf()
        .struct("meta")
        .orElseThrow(() -> new IllegalStateException(object.name() + " has no struct meta"));
  }

  /**
   * Where in a slot the time of its packet is: the field {@code time_us}, microseconds modulo
   * 2<sup>32</sup> in network byte order. Empty for a program that does not ask for the time.
   */
  public OptionalInt timeOffset() {
    return metadata().field("time_us").stream().mapToInt(field -> field.offset()).findFirst();
  }

  /** The state: sizes of key and value, and how many entries there can be. */
  public MapSpec state() {
    return object
        .map(STATE)
        .orElseThrow(() -> new IllegalStateException(object.name() + " has no map state"));
  }
}
