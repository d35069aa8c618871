package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.BpfException;

/**
 * What went wrong, before the engine adds where. Checked engines turn it into a {@link
 * TrapException}, so it has no stack trace.
 */
final class Fault extends BpfException {
  private static final long serialVersionUID = 1L;

  Fault(String what) {
    super(what, false);
  }

  String what() {
    return getMessage();
  }
}
