package dev.scr.k2.proof;

/** Bytes of the stack that a program has not written, or not on all paths. */
final class StackBytes {
  private static final String UNCERTAIN = "perhaps:";

  private StackBytes() {}

  /** A byte that was written on some paths to a cut point only. */
  static Term uncertain(Terms terms, String program, Term value) {
    return terms.apply(UNCERTAIN + program, 8, value);
  }

  /** Whether a byte was not written, or perhaps not. */
  static boolean isUncertain(Term value) {
    return value.op == Term.Op.APPLY
        && (value.name.startsWith("mem:stack") || value.name.startsWith(UNCERTAIN));
  }

  /**
   * What a helper reads that may read more than it needs: it does not use bytes that were never
   * written, because the verifier does not let a helper of the original do so. They are the same in
   * both programs, but not the same as anything that one of them has written.
   */
  static Term asRead(Terms terms, Term value) {
    if (!isUncertain(value)) {
      return value;
    }
    return value.name.startsWith(UNCERTAIN) ? value.arg(0) : terms.symbol("unwritten", 8);
  }
}
