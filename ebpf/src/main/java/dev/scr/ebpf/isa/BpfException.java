package dev.scr.ebpf.isa;

/**
 * What this module throws for input that is wrong: the message says where, what was expected and
 * what was found. The subclass says whose fault it is.
 */
public abstract class BpfException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String message;

  /** Creates the exception with a complete, self-contained message. */
  protected BpfException(String message) {
    super(message);
    this.message = message;
  }

  /** For exceptions that are part of a run and must be cheap. */
  protected BpfException(String message, boolean stackTrace) {
    super(message, null, stackTrace, stackTrace);
    this.message = message;
  }

  /** The message; there always is one. */
  @Override
  public final String getMessage() {
    return message;
  }
}
