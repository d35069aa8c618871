package dev.scr.k2.validate;

import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.linux.bpf.ProgramInfo;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import dev.scr.linux.object.KernelRefusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Loads programs of a file into the kernel and drops them again, to hear what the verifier says.
 * The maps are made once. One thread at a time.
 */
public final class KernelGate implements AutoCloseable {
  private final List<KernelInstance> instances;
  private final String reason;

  private KernelGate(List<KernelInstance> instances, String reason) {
    this.instances = instances;
    this.reason = reason;
  }

  /**
   * A gate for the programs of a file. What the maps in a map of maps are like does not stand in
   * every file: then each kind of map that the file has is tried.
   */
  public static KernelGate open(ProgramFile file) {
    List<KernelInstance> made = new ArrayList<>();
    String refusal = "";
    for (Optional<MapSpec> inner : innerMaps(file.maps())) {
      try {
        KernelInstance.Builder builder =
            KernelInstance.builder(file.name(), file.license(), file.types(), file.maps());
        inner.ifPresent(template ->
            file.maps().stream()
                .filter(InnerMaps::isOuter)
                .forEach(map -> builder.inner(map.name(), template)));
        made.add(builder.build());
      } catch (KernelRefusal refused) {
        refusal = String.valueOf(refused.getMessage());
      }
    }
    return new KernelGate(made, refusal);
  }

  private static List<Optional<MapSpec>> innerMaps(List<MapSpec> maps) {
    List<MapSpec> kinds = InnerMaps.kinds(maps);
    return kinds.isEmpty() ? List.of(Optional.empty()) : kinds.stream().map(Optional::of).toList();
  }

  /** A gate that nothing is asked of. */
  public static KernelGate closed(String reason) {
    return new KernelGate(List.of(), reason);
  }

  /** Loads a program and drops it. */
  public KernelVerdict judge(ProgramSpec program) {
    KernelVerdict verdict = new KernelVerdict.NotAvailable(reason);
    for (KernelInstance instance : instances) {
      verdict = judge(instance, program);
      if (verdict.accepted()) {
        return verdict;
      }
    }
    return verdict;
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
    instances.forEach(KernelInstance::close);
  }
}
