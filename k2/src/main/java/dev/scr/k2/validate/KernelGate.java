package dev.scr.k2.validate;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.linux.bpf.ProgramInfo;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import dev.scr.linux.object.KernelRefusal;
import java.util.stream.Collectors;

/**
 * Loads programs of a file into the kernel and drops them again, to hear what the verifier says.
 * The maps are made once. One thread at a time.
 */
public final class KernelGate implements AutoCloseable {
  private final Maps maps;

  /** The file's maps in the kernel, or why there are none. */
  private sealed interface Maps {
    record Made(KernelInstance instance) implements Maps {}

    record Missing(String reason) implements Maps {}
  }

  private KernelGate(Maps maps) {
    this.maps = maps;
  }

  /** A gate for the programs of a file. */
  public static KernelGate open(ProgramFile file) {
    try {
      return new KernelGate(
          new Maps.Made(
              KernelInstance.builder(file.name(), file.license(), file.types(), file.maps())
                  .build()));
    } catch (KernelRefusal refusal) {
      return new KernelGate(new Maps.Missing(String.valueOf(refusal.getMessage())));
    }
  }

  /** A gate that nothing is asked of. */
  public static KernelGate closed(String reason) {
    return new KernelGate(new Maps.Missing(reason));
  }

  /** Loads a program and drops it. */
  public KernelVerdict judge(ProgramSpec program) {
    return switch (maps) {
      case Maps.Missing(String reason) -> new KernelVerdict.NotAvailable(reason);
      case Maps.Made(KernelInstance instance) -> judge(instance, program);
    };
  }

  private static KernelVerdict judge(KernelInstance instance, ProgramSpec program) {
    try {
      KernelProgram loaded = instance.program(program);
      ProgramInfo info = loaded.info();
      String log = loaded.log().text().lines().collect(Collectors.joining(" | "));
      long steps = loaded.log().processedInstructions().orElse(info.verifiedInstructions());
      instance.drop(program);
      return new KernelVerdict.Accepted(steps, info.machineBytes(), info.translatedBytes(), log);
    } catch (KernelRefusal refusal) {
      String message = String.valueOf(refusal.getMessage());
      return refusal.lacksPrivileges() || refusal.log().text().isEmpty()
          ? new KernelVerdict.NotAvailable(message)
          : new KernelVerdict.Refused(message, refusal.log().text());
    }
  }

  @Override
  public void close() {
    if (maps instanceof Maps.Made(KernelInstance instance)) {
      instance.close();
    }
  }
}
