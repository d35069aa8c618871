package dev.scr.k2.proof;

import dev.scr.ebpf.isa.BpfException;

/** A proof cannot go on: something that the model does not have, or that a rule forbids. */
final class Refusal extends BpfException {
  private static final long serialVersionUID = 1L;

  Refusal(String why) {
    super(why, false);
  }

  String why() {
    return String.valueOf(getMessage());
  }
}
