package dev.scr.softswitch.stf;

/**
 * A test that is not STF. The message names file and line, what was expected and what was found.
 */
public final class StfSyntaxException extends RuntimeException {

  /** With a complete message. */
  public StfSyntaxException(String message) {
    super(message);
  }
}
