package dev.scr.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with an exit code and a message for the user, never a stack trace. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ExitCode exitCode;

  private CommandFailure(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** The user's input is wrong. */
  static CommandFailure badInput(@Nullable String message) {
    return new CommandFailure(ExitCode.BAD_INPUT, String.valueOf(message));
  }

  /** What was to be checked is not so. */
  static CommandFailure checkFailed(String message) {
    return new CommandFailure(ExitCode.CHECK_FAILED, message);
  }

  /** Something is not installed or not allowed here. */
  static CommandFailure environment(String message) {
    return new CommandFailure(ExitCode.ENVIRONMENT, message);
  }

  ExitCode exitCode() {
    return exitCode;
  }
}
