package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.InstructionList;
import java.util.List;

/**
 * A program, linked with the sub-programs it calls. References to maps are {@code map[idx:N]} and
 * {@code map[idx:N][0]+offset} with an index into {@code maps}; calls have their distances.
 *
 * @param name of the function it starts with
 * @param section it stands in
 * @param functions where each function starts, the program's own first
 * @param maps the object's maps
 */
public record ProgramSpec(
    String name,
    String section,
    ProgramType type,
    InstructionList code,
    List<FunctionStart> functions,
    List<MapSpec> maps) {

  /** Copies the lists. */
  public ProgramSpec {
    functions = List.copyOf(functions);
    maps = List.copyOf(maps);
  }

  /**
   * Where a function starts.
   *
   * @param index of its first instruction
   */
  public record FunctionStart(String name, int index) {}

  /** The same by another name. */
  public ProgramSpec named(String other) {
    return new ProgramSpec(other, section, type, code, functions, maps);
  }

  /** A program that does not come from a file. */
  public static ProgramSpec of(
      String name, ProgramType type, List<Instruction> instructions, List<MapSpec> maps) {
    return new ProgramSpec(
        name,
        name,
        type,
        new InstructionList(instructions),
        List.of(new FunctionStart(name, 0)),
        maps);
  }
}
