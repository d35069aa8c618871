package dev.scr.k2.proof;

/** Names of unknown functions, and what is known about them. */
final class Functions {
  /** Address of the value of a key in a map: other keys have other values. */
  static final String VALUE_ADDRESS = Addresses.PREFIX + "value:";

  private Functions() {}

  /** Whether two terms are equal only if their arguments are. */
  static boolean isInjective(Term a, Term b) {
    return a.op == Term.Op.APPLY
        && b.op == Term.Op.APPLY
        && a.name.equals(b.name)
        && a.name.startsWith(VALUE_ADDRESS)
        && a.args.length == b.args.length;
  }
}
