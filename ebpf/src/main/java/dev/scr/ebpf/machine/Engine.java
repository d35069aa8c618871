package dev.scr.ebpf.machine;

/** How programs are executed. */
public enum Engine {
  /** Instruction by instruction; every memory access is checked. */
  INTERPRETER,
  /**
   * Compiled to JVM bytecode without checks: fast, and only for programs that the kernel's verifier
   * or our own checks have accepted.
   */
  JVM,
  /** Compiled to JVM bytecode; every memory access is checked and endless programs are stopped. */
  JVM_CHECKED;

  /** Whether memory accesses are checked. */
  public boolean checked() {
    return this != JVM;
  }
}
