package dev.scr.ebpf.isa;

/** An instruction that RFC 9669 does not define, or whose unused fields are not zero. */
public final class InvalidInstructionException extends BpfException {
  private static final long serialVersionUID = 1L;

  private final int slot;
  private final String what;

  /**
   * Creates the exception.
   *
   * @param slot 8-byte slot in the program, −1 if there is no program yet
   * @param what the instruction as text, and what was expected and found
   */
  public InvalidInstructionException(int slot, String what) {
    super(slot < 0 ? what : "insn " + slot + " " + what);
    this.slot = slot;
    this.what = what;
  }

  /** The 8-byte slot, or −1. */
  public int slot() {
    return slot;
  }

  /** The message without the position. */
  public String what() {
    return what;
  }
}
