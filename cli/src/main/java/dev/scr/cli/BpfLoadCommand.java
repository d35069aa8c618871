package dev.scr.cli;

import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import dev.scr.linux.object.KernelRefusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    description = {
      "Load programs of an object into the kernel, all by default, and say what its verifier said.",
      "Nothing stays loaded. Exit code 1: a program was refused. 3: not permitted here."
    })
final class BpfLoadCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private BpfObjectFile input = new BpfObjectFile();

  @Option(names = "--full-log", description = "All that the verifier wrote about refused programs.")
  private boolean fullLog;

  /**
   * A program.
   *
   * @param logTail the last useful lines where it was refused, else the verifier's statistics
   */
  record Program(
      String section,
      String name,
      int slots,
      boolean accepted,
      String logTail,
      @Nullable Long processedInsns,
      int machineBytes) {}

  /** What JSON says. */
  record Result(String file, boolean accepted, List<Program> programs) {}

  @Override
  public Integer call() throws IOException {
    BpfObject object = input.object();
    List<Program> programs;
    try (KernelInstance kernel = KernelInstance.create(object)) {
      programs = input.programs(object).stream().map(spec -> load(kernel, spec)).toList();
    } catch (KernelRefusal refusal) {
      if (refusal.lacksPrivileges()) {
        throw refusal;
      }
      programs = input.programs(object).stream().map(spec -> refused(spec, refusal)).toList();
    }
    boolean accepted = programs.stream().allMatch(Program::accepted);
    Result result = new Result(input.file().toString(), accepted, programs);
    output.result(result, text -> print(text, result));
    return (accepted ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
  }

  private Program load(KernelInstance kernel, ProgramSpec spec) {
    try {
      KernelProgram program = kernel.program(spec);
      return new Program(
          spec.section(),
          spec.name(),
          spec.code().slots(),
          true,
          program.log().text().lines().collect(Collectors.joining(" | ")),
          processed(program.log().processedInstructions().orElse(-1)),
          program.info().machineBytes());
    } catch (KernelRefusal refusal) {
      if (refusal.lacksPrivileges()) {
        throw refusal;
      }
      return refused(spec, refusal);
    }
  }

  private Program refused(ProgramSpec spec, KernelRefusal refusal) {
    String log = refusal.log().text();
    return new Program(
        spec.section(),
        spec.name(),
        spec.code().slots(),
        false,
        fullLog && !log.isEmpty() ? log : refusal.getMessage(),
        processed(refusal.log().processedInstructions().orElse(-1)),
        0);
  }

  private static @Nullable Long processed(long steps) {
    return steps < 0 ? null : Long.valueOf(steps);
  }

  private static void print(PrintWriter text, Result result) {
    for (Program program : result.programs()) {
      text.printf(
          "%-8s  %s %s: %d slots%s%n",
          program.accepted() ? "accepted" : "REFUSED",
          program.section(),
          program.name(),
          program.slots(),
          program.accepted()
              ? ", %d steps of the verifier, %d bytes of machine code"
                  .formatted(program.processedInsns(), program.machineBytes())
              : "");
      if (!program.accepted()) {
        program
            .logTail()
            .replace(" | ", "\n")
            .lines()
            .forEach(line -> text.println("          " + line));
      }
    }
  }
}
