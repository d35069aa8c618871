package dev.scr.cli;

import dev.scr.ebpf.conformance.VectorEngine;
import dev.scr.ebpf.conformance.VectorRunner;
import dev.scr.ebpf.machine.Engine;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.linux.object.KernelVectorEngine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "test",
    mixinStandardHelpOptions = true,
    description = {
      "Run the conformance vectors (bpf_conformance's .data files) below a folder on every engine:"
          + " interpreter, JVM with and without checks, and the kernel where this process may use it.",
      "Vectors in a folder named 'negative', or with a section 'error', must be refused.",
      "Exit code 1: a vector failed. Figures count pairs of vector and engine."
    })
final class BpfTestCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();

  @Parameters(paramLabel = "DIR", description = "A folder of .data files; sub-folders count.")
  private Path folder = Path.of("");

  /** An engine that this process cannot use, and why. */
  record NotRun(String engine, String reason) {}

  /** What JSON says. */
  record Result(
      int total,
      int passed,
      List<VectorRunner.Failure> failed,
      List<VectorRunner.Skip> skipped,
      int files,
      List<String> engines,
      List<NotRun> notRun) {}

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.badInput(folder + ": expected a folder of .data files; found none");
    }
    List<VectorEngine> engines = new ArrayList<>();
    Arrays.stream(Engine.values()).map(VectorEngine::of).forEach(engines::add);
    List<NotRun> notRun = new ArrayList<>();
    VectorEngine kernel = new KernelVectorEngine();
    switch (Feature.TEST_RUN.probe()) {
      case Probe.Available _ -> engines.add(kernel);
      case Probe.NotSupported(String reason) -> notRun.add(new NotRun(kernel.name(), reason));
      case Probe.Inconclusive(String reason) -> notRun.add(new NotRun(kernel.name(), reason));
    }
    notRun.forEach(engine -> output.warn("%s: not run: %s", engine.engine(), engine.reason()));
    Set<String> files = new HashSet<>();
    VectorRunner.Report report = new VectorRunner(engines).run(folder, files::add);
    if (files.isEmpty()) {
      throw CommandFailure.badInput(folder + ": expected .data files; found none");
    }
    Result result =
        new Result(
            report.total(),
            report.passed(),
            report.failed(),
            report.skipped(),
            files.size(),
            engines.stream().map(VectorEngine::name).toList(),
            notRun);
    output.result(result, text -> print(text, result));
    return (report.failed().isEmpty() ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
  }

  private static void print(PrintWriter text, Result result) {
    result
        .skipped()
        .forEach(skip ->
            text.printf("skipped  %s on %s: %s%n", skip.file(), skip.engine(), skip.reason()));
    result
        .failed()
        .forEach(failure ->
            text.printf(
                "FAILED   %s on %s: expected %s, found %s%n",
                failure.file(), failure.engine(), failure.expected(), failure.found()));
    text.printf(
        "%d vectors on %s: %d passed, %d failed, %d skipped%n",
        result.files(),
        String.join(", ", result.engines()),
        result.passed(),
        result.failed().size(),
        result.skipped().size());
  }
}
