package dev.scr.ebpf.map;

import dev.scr.ebpf.object.MapSpec;
import java.lang.foreign.Arena;

/**
 * Targets of tail calls. A value is the number of a loaded program plus one; 0 means none. Programs
 * cannot look it up.
 */
public final class ProgArrayMap extends KeylessMap {
  private final int[] programs;

  ProgArrayMap(MapSpec spec, Arena arena) {
    super(spec, arena);
    this.programs = new int[spec.maxEntries()];
  }

  /** The value at an index; 0 behind the end. */
  public int program(int index) {
    return index >= 0 && index < programs.length ? programs[index] : 0;
  }

  /** Sets the value at an index; 0 removes it. */
  public void set(int index, int program) {
    if (index < 0 || index >= programs.length) {
      throw failure("expected an index below " + programs.length + ", found " + index);
    }
    programs[index] = program;
  }
}
