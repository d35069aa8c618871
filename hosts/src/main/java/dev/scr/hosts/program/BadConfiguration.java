package dev.scr.hosts.program;

/** A program cannot be configured like this; the message says what was expected and found. */
public final class BadConfiguration extends RuntimeException {
  private static final long serialVersionUID = 1;

  BadConfiguration(String message) {
    super(message);
  }
}
