package dev.scr.k2.proof;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The value of terms for one input. Unknowns come from the input; an unknown function gives equal
 * values for equal arguments.
 */
final class Evaluation {
  private final ToLongFunction<Term> unknowns;
  private final Map<Term, Long> known = new HashMap<>();

  /**
   * Creates an evaluation.
   *
   * @param unknowns gives the value of a symbol, or of an application whose arguments' values it
   *     asks this evaluation for
   */
  Evaluation(ToLongFunction<Term> unknowns) {
    this.unknowns = unknowns;
  }

  boolean holds(Term condition) {
    return value(condition) != 0;
  }

  long value(Term term) {
    Long cached = known.get(term);
    if (cached != null) {
      return cached;
    }
    long value = compute(term);
    known.put(term, value);
    return value;
  }

  private long compute(Term term) {
    return switch (term.op) {
      case CONSTANT -> term.value;
      case SYMBOL, APPLY -> unknowns.applyAsLong(term) & term.mask();
      case CONCAT -> {
        long value = 0;
        for (Term part : term.args) {
          value = value << part.width | value(part);
        }
        yield value;
      }
      case EXTRACT -> value(term.arg(0)) >>> term.value & term.mask();
      case SIGN_EXTEND -> signed(term.arg(0)) & term.mask();
      case SUM -> {
        long sum = term.value;
        for (int i = 0; i < term.args.length; i++) {
          sum += value(term.arg(i)) * term.factors[i];
        }
        yield sum & term.mask();
      }
      case CHOOSE -> holds(term.arg(0)) ? value(term.arg(1)) : value(term.arg(2));
      case TRUE -> 1;
      case FALSE -> 0;
      case EQUAL -> truth(value(term.arg(0)) == value(term.arg(1)));
      case LESS_UNSIGNED -> truth(Long.compareUnsigned(value(term.arg(0)), value(term.arg(1))) < 0);
      case LESS_SIGNED -> truth(signed(term.arg(0)) < signed(term.arg(1)));
      case NOT -> 1 - value(term.arg(0));
      case ALL -> {
        for (Term part : term.args) {
          if (!holds(part)) {
            yield 0;
          }
        }
        yield 1;
      }
      default -> binary(term.op, term.width, value(term.arg(0)), value(term.arg(1)));
    };
  }

  private long signed(Term term) {
    return extend(value(term), term.width);
  }

  private static long truth(boolean condition) {
    return condition ? 1 : 0;
  }

  private static long extend(long value, int width) {
    return value << (64 - width) >> (64 - width);
  }

  /** An operation on two numbers of a width, with SMT-LIB's meaning of a divisor zero. */
  static long binary(Term.Op op, int width, long a, long b) {
    long x = extend(a, width);
    long y = extend(b, width);
    long result =
        switch (op) {
          case MULTIPLY -> a * b;
          case AND -> a & b;
          case OR -> a | b;
          case XOR -> a ^ b;
          case DIVIDE_UNSIGNED -> b == 0 ? -1 : Long.divideUnsigned(a, b);
          case REMAINDER_UNSIGNED -> b == 0 ? a : Long.remainderUnsigned(a, b);
          case DIVIDE_SIGNED -> y == 0 ? (x < 0 ? 1 : -1) : x / y;
          case REMAINDER_SIGNED -> y == 0 ? x : x % y;
          case SHIFT_LEFT -> outside(b, width) ? 0 : a << b;
          case SHIFT_RIGHT -> outside(b, width) ? 0 : a >>> b;
          case SHIFT_RIGHT_SIGNED -> x >> (outside(b, width) ? width - 1 : b);
          default -> throw new IllegalStateException("expected a binary operation, found " + op);
        };
    return result & Term.mask(width);
  }

  private static boolean outside(long amount, int width) {
    return Long.compareUnsigned(amount, width) >= 0;
  }
}
