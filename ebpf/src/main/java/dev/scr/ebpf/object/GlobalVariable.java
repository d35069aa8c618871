package dev.scr.ebpf.object;

import dev.scr.ebpf.isa.InvalidProgramException;
import java.util.List;

/**
 * A global variable of the object.
 *
 * @param map index of the map that holds its section
 * @param offset in the section, in bytes
 * @param size in bytes
 */
public record GlobalVariable(String name, int map, int offset, int size) {
  /**
   * The variable with a name.
   *
   * @param object what the message calls whatever has these variables
   * @throws InvalidProgramException if there is none
   */
  public static GlobalVariable named(String object, List<GlobalVariable> variables, String name) {
    return variables.stream()
        .filter(variable -> variable.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new InvalidProgramException(
                object
                    + ": expected a global variable named "
                    + name
                    + ", found "
                    + variables.stream().map(GlobalVariable::name).toList()));
  }
}
