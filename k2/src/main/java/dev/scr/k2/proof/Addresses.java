package dev.scr.k2.proof;

import org.jspecify.annotations.Nullable;

/** Which terms are addresses, and of which block of memory. */
final class Addresses {
  /** Start of the names of unknown addresses. */
  static final String PREFIX = "&";

  /** Least address of a block, as on every 64-bit system: never null, nor near it. */
  static final long LOWEST = 1L << 32;

  /** Greatest address of a block as an unsigned number: no block wraps around. */
  static final long HIGHEST = -(1L << 33);

  private Addresses() {}

  /** Whether a term is the unknown address of a block. */
  static boolean isBase(Term term) {
    return (term.op == Term.Op.SYMBOL || term.op == Term.Op.APPLY) && term.name.startsWith(PREFIX);
  }

  /** The block's address that a term is a sum of; null if there is none, or several. */
  static @Nullable Term base(Term term) {
    if (isBase(term)) {
      return term;
    }
    if (term.op != Term.Op.SUM) {
      return null;
    }
    Term found = null;
    for (int i = 0; i < term.args.length; i++) {
      if (isBase(term.arg(i))) {
        if (found != null || term.factors[i] != 1) {
          return null;
        }
        found = term.arg(i);
      }
    }
    return found;
  }

  /**
   * Whether a term is made of an address. What memory holds is not, even if the byte's name says
   * whose address it is counted from, unless where it lies has been looked up by an address.
   */
  static boolean dependsOn(Term term) {
    if (isBase(term)) {
      return true;
    }
    boolean inMemory = Memory.isByte(term);
    for (Term arg : term.args) {
      boolean isPlace = inMemory && isBase(arg);
      if (isPlace ? anyDependsOn(arg.args) : dependsOn(arg)) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyDependsOn(Term[] terms) {
    for (Term term : terms) {
      if (dependsOn(term)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a term, as a signed number, is certainly between −reach and reach. */
  static boolean within(Term term, long reach) {
    if (Long.compareUnsigned(term.max, reach) <= 0) {
      return true;
    }
    if (term.isConstant()) {
      return Math.abs(term.signedValue()) <= reach;
    }
    if (term.op == Term.Op.SIGN_EXTEND) {
      return term.arg(0).width <= 64 - Long.numberOfLeadingZeros(reach);
    }
    if (term.op != Term.Op.SUM) {
      return false;
    }
    long left = reach - Math.abs(term.signedValue());
    for (int i = 0; i < term.args.length; i++) {
      long factor = term.factors[i] << (64 - term.width) >> (64 - term.width);
      long most = term.arg(i).max;
      if (most < 0 || most > reach || Math.abs(factor) > 1) {
        return false;
      }
      left -= most;
    }
    return left >= 0 && Math.abs(term.signedValue()) <= reach;
  }
}
