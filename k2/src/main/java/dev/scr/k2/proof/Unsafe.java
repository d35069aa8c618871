package dev.scr.k2.proof;

import dev.scr.ebpf.isa.BpfException;

/** A candidate does something that it must not do, for an input. */
final class Unsafe extends BpfException {
  private static final long serialVersionUID = 1L;

  private final transient Evaluation input;

  Unsafe(String why, Evaluation input) {
    super(why, false);
    this.input = input;
  }

  Evaluation input() {
    return input;
  }
}
