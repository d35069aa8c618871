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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * A packet program as clang made it, or as the optimizer made it from that: one object with a
 * function for each way to run it ({@code variants.bpf.h}), a map {@code state}, and {@code struct
 * meta}. Immutable.
 *
 * @param program its row
 * @param object the object
 */
public record ProgramObject(PacketProgram program, BpfObject object) {
  /** Packet to metadata; returns {@code enum relevance}. */
  public static final String EXTRACT = "extract_metadata";

  /** The program on one core with one state. */
  public static final String SEQUENTIAL = "sequential";

  /** A control frame on one core with one state. */
  public static final String CONTROL = "control";

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

  /** The optimized object of a program, from the jar. */
  public static ProgramObject of(PacketProgram program) {
    return of(program, Handlers.OPTIMIZED);
  }

  /** An object of a program, from the jar. */
  public static ProgramObject of(PacketProgram program, Handlers handlers) {
    String name = program.programName() + handlers.suffix();
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

  /**
   * The same program with other values of its parameters, given as users write them, by name.
   *
   * @throws BadParameter if the program has no such parameter, or a value is not one of its
   */
  public ProgramObject with(Map<String, String> texts) {
    BpfObject configured = object;
    for (Map.Entry<String, String> text : texts.entrySet()) {
      configured = parameter(text.getKey()).set(configured, text.getValue());
    }
    return new ProgramObject(program, configured);
  }

  private Parameter parameter(String name) {
    List<Parameter> parameters = parameters();
    return parameters.stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new BadParameter(
                "%s: expected a parameter of %s (%s), found none of this name"
                    .formatted(
                        name,
                        program.programName(),
                        parameters.stream()
                            .map(Parameter::name)
                            .collect(Collectors.joining(", ")))));
  }

  /** What a user may set and what it is now, in the order of the program's source. */
  public List<Parameter> parameters() {
    return ParameterReader.read(object);
  }

  /** What a controller may have done to the state, by number. */
  public List<Command> commands() {
    return CommandReader.read(object);
  }

  /**
   * The control frames of a command.
   *
   * @param name the command's
   * @param values of its fields, as users write them, by name
   * @throws BadParameter if the program has no such command, or the values are not right for it
   */
  public List<byte[]> controlFrames(String name, Map<String, String> values) {
    return commands().stream()
        .filter(command -> command.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new BadParameter(
                "%s: expected a command of %s (%s), found none of this name"
                    .formatted(
                        name,
                        program.programName(),
                        commands().stream().map(Command::usage).collect(Collectors.joining("; ")))))
        .frames(this, values);
  }

  /** The layout of one slot of history. */
  public Btf.Layout metadata() {
    return object
        .btf()
        .struct("meta")
        .orElseThrow(() -> new IllegalStateException(object.name() + " has no struct meta"));
  }

  /**
   * Where in a slot the time of its packet is: the field {@code time_us}, microseconds in network
   * byte order, modulo 2<sup>32</sup> if the field has 4 bytes. Empty for a program that does not
   * ask for the time.
   */
  public Optional<Btf.Field> timeField() {
    return metadata().field("time_us");
  }

  /** The state: sizes of key and value, and how many entries there can be. */
  public MapSpec state() {
    return object
        .map(STATE)
        .orElseThrow(() -> new IllegalStateException(object.name() + " has no map state"));
  }
}
