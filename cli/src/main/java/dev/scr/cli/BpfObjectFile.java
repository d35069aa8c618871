package dev.scr.cli;

import dev.scr.ebpf.object.BpfObject;
import dev.scr.ebpf.object.ProgramSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The object file of a command, and which of its programs it is about. */
final class BpfObjectFile {
  @Parameters(index = "0", paramLabel = "FILE.o", description = "An object file for BPF.")
  private Path file = Path.of("");

  @Option(
      names = "--section",
      paramLabel = "S",
      description = "A program by its function's name or its section (default: see above).")
  private @Nullable String section;

  Path file() {
    return file;
  }

  BpfObject object() throws IOException {
    return BpfObject.read(file);
  }

  /** The program that the user chose, else all. */
  List<ProgramSpec> programs(BpfObject object) {
    return section == null ? object.programs() : List.of(chosen(object, section));
  }

  /** The program that the user chose, else the first. */
  ProgramSpec program(BpfObject object) {
    if (section == null && object.programs().isEmpty()) {
      throw CommandFailure.badInput(file + ": expected a program, found none");
    }
    return section == null ? object.programs().getFirst() : chosen(object, section);
  }

  private ProgramSpec chosen(BpfObject object, String name) {
    return object
        .program(name)
        .orElseThrow(() ->
            CommandFailure.badInput(
                "%s: expected --section to name a function or section of %s; found '%s'"
                    .formatted(
                        file,
                        object.programs().stream().map(p -> p.section() + " " + p.name()).toList(),
                        name)));
  }
}
