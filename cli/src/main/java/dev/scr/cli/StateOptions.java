package dev.scr.cli;

import dev.scr.controlplane.sequencer.DesiredState;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a switch is to be, as a file says it. */
final class StateOptions {
  @Parameters(paramLabel = "FILE", description = "What the switch is to be.")
  private Path file = Path.of("");

  @Option(names = "--force", description = "Allow a depth too small for the workers.")
  private boolean force;

  Path file() {
    return file;
  }

  /** Whether workers may miss packets, for want of history. */
  boolean force() {
    return force;
  }

  /** Reads the file; as {@link StateFile#read}. */
  DesiredState read() throws IOException {
    return StateFile.read(file, force);
  }
}
