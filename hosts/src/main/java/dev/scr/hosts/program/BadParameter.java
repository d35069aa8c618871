package dev.scr.hosts.program;

/**
 * A parameter of a program cannot be set like this; the message says what was expected and found.
 */
public final class BadParameter extends RuntimeException {
  private static final long serialVersionUID = 1;

  BadParameter(String message) {
    super(message);
  }
}
