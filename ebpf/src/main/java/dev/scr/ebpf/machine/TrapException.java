package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.BpfException;

/** A program that did what it must not do; only checked engines notice. */
public final class TrapException extends BpfException {
  private static final long serialVersionUID = 1L;

  private final int slot;

  /**
   * Creates the exception.
   *
   * @param program name of the program
   * @param slot of the instruction
   * @param instruction as text
   * @param what what was expected and found
   */
  public TrapException(String program, int slot, String instruction, String what) {
    super(program + ": insn " + slot + " (" + instruction + "): " + what);
    this.slot = slot;
  }

  /** Slot of the instruction in the linked program. */
  public int slot() {
    return slot;
  }
}
