package dev.scr.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "What this machine can do, what that is for, and how to get what is missing.")
final class DoctorCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();

  /**
   * One thing that this machine has or lacks.
   *
   * @param name what it is
   * @param available whether it is there
   * @param found its version, or why it is not there
   * @param purpose what it is for
   * @param remedy how to get it, where it is missing
   */
  record Finding(
      String name, boolean available, String found, String purpose, @Nullable String remedy) {}

  /** A program to look for. */
  private record Tool(String name, String purpose, String remedy, List<String> version) {}

  private static final List<Tool> TOOLS =
      List.of(
          new Tool(
              "clang",
              "compiling packet programs; the compiled ones are in the jar",
              "apt-get install clang llvm",
              List.of("clang", "--version")),
          new Tool(
              "p4c-bm2-ss",
              "compiling P4 sequencers; the compiled ones are in the jar",
              "p4lang's packages: README.md, \"BMv2 and p4c\"",
              List.of("p4c-bm2-ss", "--version")),
          new Tool(
              "simple_switch_grpc",
              "--switch bmv2; the embedded switch needs nothing",
              "p4lang's packages: README.md, \"BMv2 and p4c\"",
              List.of("simple_switch_grpc", "--version")),
          new Tool(
              "mn",
              "end-to-end tests in Mininet",
              "apt-get install mininet",
              List.of("mn", "--version")));

  @Override
  public Integer call() {
    List<Finding> findings = new ArrayList<>();
    findings.add(
        new Finding(
            "JDK 25",
            Runtime.version().feature() >= 25,
            Runtime.version().toString(),
            "everything",
            null));
    TOOLS.forEach(tool -> findings.add(look(tool)));
    findings.addAll(MachineFindings.all());
    output.result(
        findings,
        text -> {
          text.println(
              Output.table(
                  List.of("", "what", "found", "for"),
                  findings.stream().map(DoctorCommand::row).toList()));
          findings.stream()
              .filter(finding -> !finding.available() && finding.remedy() != null)
              .forEach(finding -> text.printf("%n%s: %s", finding.name(), finding.remedy()));
          text.println();
        });
    return ExitCode.DONE.number();
  }

  private static List<String> row(Finding finding) {
    return List.of(
        finding.available() ? "yes" : "no", finding.name(), finding.found(), finding.purpose());
  }

  private static Finding look(Tool tool) {
    Optional<String> version = firstLine(tool.version());
    return new Finding(
        tool.name(),
        version.isPresent(),
        version.orElse("not on PATH"),
        tool.purpose(),
        version.isPresent() ? null : tool.remedy());
  }

  /** The line of a program's output that has its version; empty if it cannot be run. */
  private static Optional<String> firstLine(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8);
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      return Optional.of(
          text.lines()
              .filter(line -> line.matches(".*\\d+\\.\\d+.*"))
              .findFirst()
              .orElse("there")
              .strip());
    } catch (IOException _) {
      return Optional.empty();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
