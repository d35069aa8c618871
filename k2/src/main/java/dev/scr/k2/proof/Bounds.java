package dev.scr.k2.proof;

/** Zero bits and unsigned bounds of a term, from those of its arguments. */
final class Bounds {
  /** Sets the derived facts of a term that is being interned. */
  void compute(Term term) {
    if (term.isCondition()) {
      return;
    }
    term.zeros = ~term.mask();
    term.max = term.mask();
    switch (term.op) {
      case CONSTANT -> {
        term.zeros = ~term.value;
        term.min = term.value;
        term.max = term.value;
      }
      case SYMBOL, APPLY -> address(term);
      case CONCAT -> concat(term);
      case EXTRACT -> term.zeros = ~term.mask() | term.arg(0).zeros >>> term.value;
      case AND -> {
        term.zeros = term.arg(0).zeros | term.arg(1).zeros;
        term.max = least(term.arg(0).max, term.arg(1).max);
      }
      case OR, XOR -> term.zeros = term.arg(0).zeros & term.arg(1).zeros;
      case CHOOSE -> {
        term.zeros = term.arg(1).zeros & term.arg(2).zeros;
        term.min = least(term.arg(1).min, term.arg(2).min);
        term.max = greatest(term.arg(1).max, term.arg(2).max);
      }
      case SUM -> sum(term);
      case SHIFT_RIGHT, DIVIDE_UNSIGNED -> shrink(term);
      case REMAINDER_UNSIGNED -> term.max = least(term.max, term.arg(0).max);
      default -> {}
    }
    term.max = least(term.max, ~term.zeros);
    if (term.max != 0) {
      term.zeros |= ~Term.mask(64 - Long.numberOfLeadingZeros(term.max));
    }
  }

  /** Blocks of memory lie where every 64-bit system has them. */
  private static void address(Term term) {
    if (Addresses.isBase(term)) {
      term.min = Addresses.LOWEST;
      term.max = Addresses.HIGHEST;
    }
  }

  /** A quotient by zero is all ones in SMT-LIB, so a division shrinks only with a divisor. */
  private static void shrink(Term term) {
    if (term.op == Term.Op.SHIFT_RIGHT || term.arg(1).min != 0) {
      term.max = term.arg(0).max;
    }
  }

  private static void concat(Term term) {
    long zeros = 0;
    long min = 0;
    long max = 0;
    for (Term part : term.args) {
      zeros = (zeros << part.width) | (part.zeros & part.mask());
      min = min << part.width | part.min;
      max = max << part.width | part.max;
    }
    term.zeros = ~term.mask() | zeros;
    term.min = min;
    term.max = max;
  }

  private static void sum(Term term) {
    long max = term.value;
    long min = term.value;
    for (int i = 0; i < term.args.length; i++) {
      if (term.factors[i] != 1 || Long.compareUnsigned(term.arg(i).max, term.mask() - max) > 0) {
        return;
      }
      max += term.arg(i).max;
      min += term.arg(i).min;
    }
    term.min = min;
    term.max = max;
    int significant = 64 - Long.numberOfLeadingZeros(max);
    term.zeros |= ~Term.mask(Math.max(1, significant));
  }

  private static long least(long a, long b) {
    return Long.compareUnsigned(a, b) <= 0 ? a : b;
  }

  private static long greatest(long a, long b) {
    return Long.compareUnsigned(a, b) >= 0 ? a : b;
  }
}
