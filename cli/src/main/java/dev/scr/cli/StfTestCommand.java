package dev.scr.cli;

import dev.scr.cli.harness.SwitchKind;
import dev.scr.p4runtime.P4InfoText;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.SwitchOptions;
import dev.scr.softswitch.SwitchPipeline;
import dev.scr.softswitch.json.PipelineException;
import dev.scr.softswitch.stf.EmbeddedTarget;
import dev.scr.softswitch.stf.StfCommand;
import dev.scr.softswitch.stf.StfParser;
import dev.scr.softswitch.stf.StfRunner;
import dev.scr.softswitch.stf.StfSyntaxException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "stf",
    mixinStandardHelpOptions = true,
    description = {
      "Run STF packet tests (p4c's format: packet, expect, add, setdefault, check_counter and"
          + " simple_switch_CLI's commands) on a switch that runs the BMv2 JSON of the same base name.",
      "A test without a JSON file is skipped. Exit code 1: a test failed."
    })
final class StfTestCommand implements Callable<Integer> {
  private static final String EXTENSION = ".stf";
  private static final String FOUND = ", found ";

  @Mixin private Output output = new Output();

  @Option(
      names = "--switch",
      paramLabel = "SWITCH",
      description = "embedded, in this process: the default, and the only one so far.")
  private SwitchKind target = SwitchKind.EMBEDDED;

  @Option(
      names = "--json-dir",
      paramLabel = "DIR",
      description = "Where the BMv2 JSON files are (default: beside each test).")
  private @Nullable Path jsonFolder;

  @Parameters(arity = "1..*", paramLabel = "FILE.stf", description = "Tests.")
  private List<Path> files = List.of();

  /**
   * A test that failed: its first difference.
   *
   * @param expected file and line, and what should have been there
   */
  record Failure(String file, String engine, String expected, String found) {
    static Failure of(Path file, SwitchKind target, String message) {
      int cut = message.indexOf(FOUND);
      return new Failure(
          file.toString(),
          Options.lower(target),
          cut < 0 ? message : message.substring(0, cut),
          cut < 0 ? "" : message.substring(cut + FOUND.length()));
    }
  }

  /** A test that was not run. */
  record Skip(String file, String engine, String reason) {}

  /** What JSON says. */
  record Result(int total, int passed, List<Failure> failed, List<Skip> skipped) {}

  @Override
  public Integer call() throws IOException {
    if (target == SwitchKind.BMV2) {
      throw CommandFailure.badInput(
          "--switch: expected embedded; found bmv2, on which only p4c's own runner"
              + " (bmv2stf.py) runs STF tests so far");
    }
    List<Failure> failed = new ArrayList<>();
    List<Skip> skipped = new ArrayList<>();
    for (Path file : files) {
      Path json = json(file);
      if (Files.isRegularFile(json)) {
        run(file, json).stream()
            .findFirst()
            .map(m -> Failure.of(file, target, m))
            .ifPresent(failed::add);
      } else {
        skipped.add(new Skip(file.toString(), Options.lower(target), "there is no " + json));
      }
    }
    if (skipped.size() == files.size()) {
      throw CommandFailure.badInput(
          skipped.getFirst().file()
              + ": expected the program that the test is for; "
              + skipped.getFirst().reason()
              + ". Compile it with p4c-bm2-ss, or say where it is with --json-dir");
    }
    int passed = files.size() - failed.size() - skipped.size();
    Result result = new Result(files.size() - skipped.size(), passed, failed, skipped);
    output.result(result, text -> print(text, result));
    return (failed.isEmpty() ? ExitCode.DONE : ExitCode.CHECK_FAILED).number();
  }

  private Path json(Path file) {
    String name = String.valueOf(file.getFileName());
    if (!name.endsWith(EXTENSION) || !Files.isRegularFile(file)) {
      throw CommandFailure.badInput(file + ": expected a file NAME.stf; found " + found(file));
    }
    String json = name.substring(0, name.length() - EXTENSION.length()) + ".json";
    return jsonFolder == null ? file.resolveSibling(json) : jsonFolder.resolve(json);
  }

  private static String found(Path file) {
    if (Files.isDirectory(file)) {
      return "a folder";
    }
    return Files.exists(file) ? "another name" : "none";
  }

  private List<String> run(Path file, Path json) throws IOException {
    try {
      List<StfCommand> commands = StfParser.parse(file.toString(), Files.readString(file));
      SwitchOptions options = SwitchOptions.defaults();
      SwitchPipeline pipeline =
          SwitchPipeline.load(
              json.toString(),
              Files.readAllBytes(json),
              P4InfoText.parse("", "no P4Info"),
              options);
      return StfRunner.run(
          file.toString(), commands, new EmbeddedTarget(new EmbeddedSwitch(1, options), pipeline));
    } catch (StfSyntaxException e) {
      throw CommandFailure.badInput(String.valueOf(e.getMessage()));
    } catch (PipelineException e) {
      return List.of(json + ": expected a program that the switch runs" + FOUND + e.getMessage());
    }
  }

  private void print(PrintWriter text, Result result) {
    for (Path file : files) {
      text.println(line(file.toString(), result));
    }
    text.printf(
        "%d tests on the embedded switch: %d passed, %d failed, %d skipped%n",
        files.size(), result.passed(), result.failed().size(), result.skipped().size());
  }

  private static String line(String file, Result result) {
    return result.failed().stream()
        .filter(failure -> failure.file().equals(file))
        .map(f -> "FAILED   " + file + "\n         " + f.expected() + FOUND + f.found())
        .findFirst()
        .or(() ->
            result.skipped().stream()
                .filter(skip -> skip.file().equals(file))
                .map(skip -> "skipped  " + file + ": " + skip.reason())
                .findFirst())
        .orElse("passed   " + file);
  }
}
