package dev.scr.cli;

/** How a command ended; {@code docs/cli.md} promises these numbers. */
enum ExitCode {
  /** Done, and what was to be checked is true. */
  DONE(0),
  /** The check said no. */
  CHECK_FAILED(1),
  /** Bad usage or bad input. */
  BAD_INPUT(2),
  /** The environment lacks something. */
  ENVIRONMENT(3),
  /** The switch refused or is unreachable. */
  SWITCH(4),
  /** A fault in this program. */
  INTERNAL(70);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
