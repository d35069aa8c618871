package dev.scr.p4runtime;

/**
 * The caller gave something that cannot be right, wherever it is sent: a file, a name or a number.
 *
 * <p>The message is for people and complete: where, what was expected, what was found, and what to
 * do about it.
 */
public abstract class BadInput extends RuntimeException {
  protected BadInput(String message) {
    super(message);
  }
}
