package dev.scr.ebpf.isa;

/**
 * A program whose instructions are each valid, but which cannot run: a jump out of it, recursion,
 * code never reached.
 */
public final class InvalidProgramException extends BpfException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a complete message. */
  public InvalidProgramException(String message) {
    super(message);
  }
}
