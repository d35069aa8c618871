package dev.scr.k2.proof;

import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Linear sums, products and quotients. A sum has each addend once, with an odd factor, in the order
 * of creation; a factor's power of two is a shift of the addend. A sum whose addends share no bits
 * is a concatenation, and one that cannot reach its upper bits is as narrow as it can be.
 */
final class Sums {
  private final Terms terms;

  Sums(Terms terms) {
    this.terms = terms;
  }

  /** {@code constant + Σ factor · part}. */
  Term sum(int width, long constant, List<Term> parts, long... factors) {
    Collector collector = new Collector(width);
    collector.constant = constant;
    for (int i = 0; i < parts.size(); i++) {
      collector.add(parts.get(i), factors[i]);
    }
    return collector.finish();
  }

  /** Product; a constant is a factor of a sum. */
  Term product(Term a, Term b) {
    if (a.isConstant()) {
      return sum(b.width, 0, List.of(b), a.value);
    }
    if (b.isConstant()) {
      return sum(a.width, 0, List.of(a), b.value);
    }
    return a.id <= b.id
        ? terms.make(Term.Op.MULTIPLY, a.width, a, b)
        : terms.make(Term.Op.MULTIPLY, a.width, b, a);
  }

  /** Quotient or remainder. The value for divisor zero is SMT-LIB's, or another fixed one. */
  Term divide(Term.Op op, Term a, Term b) {
    boolean unsigned = op == Term.Op.DIVIDE_UNSIGNED || op == Term.Op.REMAINDER_UNSIGNED;
    if (a.isConstant() && b.isConstant()) {
      return terms.number(Evaluation.binary(op, a.width, a.value, b.value), a.width);
    }
    if (!unsigned) {
      return terms.make(op, a.width, a, b);
    }
    if (b.isConstant() && Long.bitCount(b.value) == 1) {
      int shift = Long.numberOfTrailingZeros(b.value);
      return op == Term.Op.DIVIDE_UNSIGNED
          ? terms.bitwise.shiftRight(a, shift)
          : terms.and(a, terms.number(b.value - 1, a.width));
    }
    int significant = significantBits(a.max | b.max);
    if (significant < a.width) {
      Term narrow =
          terms.make(
              op,
              significant,
              terms.slices.extract(a, 0, significant),
              terms.slices.extract(b, 0, significant));
      return terms.slices.widen(narrow, a.width);
    }
    return terms.make(op, a.width, a, b);
  }

  static int significantBits(long value) {
    return Math.max(1, 64 - Long.numberOfLeadingZeros(value));
  }

  /** Adds up the addends of one sum. */
  private final class Collector {
    private final int width;
    private final SortedMap<Integer, Addend> addends = new TreeMap<>();
    private long constant;

    Collector(int width) {
      this.width = width;
    }

    private record Addend(Term term, long factor) {}

    void add(Term term, long factor) {
      long odd = factor & Term.mask(width);
      if (odd == 0) {
        return;
      }
      if (term.isConstant()) {
        constant += term.value * factor;
        return;
      }
      if (term.op == Term.Op.SUM) {
        constant += term.value * factor;
        for (int i = 0; i < term.args.length; i++) {
          add(term.arg(i), term.factors[i] * factor);
        }
        return;
      }
      if (term.op == Term.Op.XOR && term.arg(1).isConstant(term.mask())) {
        constant -= factor;
        add(term.arg(0), -factor);
        return;
      }
      Term wide = wideSum(term);
      if (wide != term) {
        add(wide, factor);
        return;
      }
      addScaled(term, odd);
    }

    private void addScaled(Term term, long factor) {
      int power = Long.numberOfTrailingZeros(factor);
      if (power > 0) {
        // −8·x has the odd factor −1 only at its own width.
        long odd = factor << (64 - width) >> (64 - width) >> power;
        Term shifted = terms.bitwise.shiftLeft(term, power);
        if (shifted.isConstant()) {
          constant += shifted.value * odd;
        } else {
          put(shifted, odd & Term.mask(width));
        }
      } else {
        put(term, factor);
      }
    }

    private void put(Term term, long factor) {
      Addend before = addends.remove(term.id);
      long total = (before == null ? 0 : before.factor) + factor & Term.mask(width);
      if (total == 0) {
        return;
      }
      if ((total & 1) == 0) {
        addScaled(term, total);
      } else {
        addends.put(term.id, new Addend(term, total));
      }
    }

    /** A narrow sum with zeros in front is the wide sum, because narrow sums never overflow. */
    private Term wideSum(Term term) {
      if (term.op != Term.Op.CONCAT
          || term.args.length != 2
          || !term.arg(0).isConstant(0)
          || term.arg(1).op != Term.Op.SUM
          || !fits(term.arg(1))) {
        return term;
      }
      Term narrow = term.arg(1);
      List<Term> parts =
          Arrays.stream(narrow.args).map(arg -> terms.slices.widen(arg, width)).toList();
      Term[] array = parts.toArray(Term[]::new);
      return new Term(Term.Op.SUM, width, narrow.value, "", narrow.factors, array);
    }

    private static boolean fits(Term sum) {
      long max = sum.value;
      for (int i = 0; i < sum.args.length; i++) {
        if (sum.factors[i] != 1 || Long.compareUnsigned(sum.arg(i).max, sum.mask() - max) > 0) {
          return false;
        }
        max += sum.arg(i).max;
      }
      return true;
    }

    Term finish() {
      long rest = constant & Term.mask(width);
      if (addends.isEmpty()) {
        return terms.number(rest, width);
      }
      if (addends.size() == 1 && rest == 0 && addends.firstEntry().getValue().factor == 1) {
        return addends.firstEntry().getValue().term;
      }
      if (disjoint(rest)) {
        Term whole = terms.number(rest, width);
        for (Addend addend : addends.values()) {
          whole = terms.bitwise.merge(whole, addend.term);
        }
        return whole;
      }
      Term[] parts = addends.values().stream().map(Addend::term).toArray(Term[]::new);
      long[] factors = addends.values().stream().mapToLong(Addend::factor).toArray();
      Term sum = new Term(Term.Op.SUM, width, rest, "", factors, parts);
      return fits(sum) ? narrowest(sum) : terms.intern(sum);
    }

    private Term narrowest(Term sum) {
      long max = sum.value;
      for (Term arg : sum.args) {
        max += arg.max;
      }
      int needed = significantBits(max);
      if (needed >= width) {
        return terms.intern(sum);
      }
      Term[] parts =
          Arrays.stream(sum.args)
              .map(arg -> terms.slices.extract(arg, 0, needed))
              .sorted((a, b) -> Integer.compare(a.id, b.id))
              .toArray(Term[]::new);
      Term narrow = terms.intern(new Term(Term.Op.SUM, needed, sum.value, "", sum.factors, parts));
      return terms.slices.widen(narrow, width);
    }

    private boolean disjoint(long rest) {
      long used = rest;
      for (Addend addend : addends.values()) {
        long bits = ~addend.term.zeros;
        if (addend.factor != 1 || (used & bits) != 0) {
          return false;
        }
        used |= bits;
      }
      return true;
    }
  }
}
