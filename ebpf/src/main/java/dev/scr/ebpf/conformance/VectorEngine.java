package dev.scr.ebpf.conformance;

import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.machine.BpfInstance;
import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Something that can run a vector. */
public interface VectorEngine {
  /** Its name in reports. */
  String name();

  /**
   * Runs a vector and returns r0.
   *
   * @throws BpfException if the engine refuses or stops the program
   */
  long run(Vector vector);

  /** Why this engine cannot run a vector, if so. */
  default Optional<String> exclusion(Vector vector) {
    return Optional.empty();
  }

  /** One of our own engines. */
  static VectorEngine of(Engine engine) {
    return new VectorEngine() {
      @Override
      public String name() {
        return engine.name().toLowerCase(Locale.ROOT).replace('_', '-');
      }

      @Override
      public long run(Vector vector) {
        if (!engine.checked()) {
          // A vector comes from anywhere: only what has run with checks may run without.
          of(Engine.JVM_CHECKED).run(vector);
        }
        ProgramSpec spec =
            ProgramSpec.of(vector.name(), ProgramType.OTHER, vector.program(), List.of());
        byte[] bytes = vector.memory();
        try (BpfInstance instance = BpfInstance.builder(List.of()).engine(engine).build();
            Arena arena = Arena.ofConfined()) {
          MemorySegment memory = arena.allocate(bytes.length, 8);
          memory.copyFrom(MemorySegment.ofArray(bytes));
          return instance.memoryProgram(spec).run(memory);
        }
      }
    };
  }
}
