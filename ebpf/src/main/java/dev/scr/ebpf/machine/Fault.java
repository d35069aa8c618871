package dev.scr.ebpf.machine;

/**
 * What went wrong, before the engine adds where. Without stack trace: it is always turned into a
 * {@link TrapException}.
 */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Fault(String what) {
    super(what, null, false, false);
  }

  String what() {
    return String.valueOf(getMessage());
  }
}
