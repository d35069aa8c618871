package dev.scr.cli;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;

/** The entry of the one jar. */
public final class Main {
  /**
   * Failures of the transport reach the user as one message; its own warnings only repeat them.
   * Held here, since the logging library forgets the level of a logger that nobody holds.
   */
  private static final List<Logger> TRANSPORT =
      List.of(Logger.getLogger("io.grpc"), Logger.getLogger("io.netty"));

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    TRANSPORT.forEach(logger -> logger.setLevel(Level.OFF));
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
