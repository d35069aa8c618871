package dev.scr.ebpf.machine;

/** How programs are executed. */
public enum Engine {
  /** Instruction by instruction; every memory access is checked. */
  INTERPRETER
}
