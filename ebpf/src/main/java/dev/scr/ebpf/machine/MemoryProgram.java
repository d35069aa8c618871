package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.InvalidProgramException;
import java.lang.foreign.MemorySegment;

/**
 * A program that gets the address of plain memory in r1 and its length in r2, as the conformance
 * vectors do.
 */
public final class MemoryProgram {
  private final Executable executable;
  private final Environment environment;

  MemoryProgram(Executable executable, Environment environment) {
    this.executable = executable;
    this.environment = environment;
  }

  /**
   * Runs the program.
   *
   * @param memory native memory that the program may read and write; r1 is 0 if it is empty
   * @return r0
   * @throws TrapException if a checked engine stops the program
   */
  public long run(MemorySegment memory) {
    if (!memory.isNative()) {
      throw new InvalidProgramException("memory: expected a native segment, found one on the heap");
    }
    long length = memory.byteSize();
    long address = length == 0 ? 0 : memory.address();
    environment.begin(ContextLayout.MEMORY, address, length, address, length);
    return executable.call(0, environment, environment.stackTop, address, length, 0, 0, 0);
  }
}
