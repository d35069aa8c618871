package dev.scr.cli;

import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;

/** The entry of the one jar. */
public final class Main {
  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // Failures of the transport reach the user as one message; its own warnings only repeat them.
    Logger.getLogger("io.grpc").setLevel(Level.OFF);
    Logger.getLogger("io.netty").setLevel(Level.OFF);
    System.exit(commandLine().execute(arguments));
  }

  /** The command line with all commands, for the process and for tests. */
  static CommandLine commandLine() {
    return new CommandLine(new ScrCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new FailureReport())
        .setParameterExceptionHandler(new UsageReport());
  }
}
