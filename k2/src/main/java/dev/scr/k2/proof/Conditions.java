package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Comparisons, their combinations, and choices. A comparison with a constant has it on the right,
 * at the least width that suffices, and is always "less" or "equal".
 */
final class Conditions {
  private static final long POINTER_REACH = 1L << 32;

  private final Terms terms;

  Conditions(Terms terms) {
    this.terms = terms;
  }

  private Term truth(boolean value) {
    return value ? terms.yes : terms.no;
  }

  Term not(Term c) {
    return switch (c.op) {
      case TRUE -> terms.no;
      case FALSE -> terms.yes;
      case NOT -> c.arg(0);
      default -> terms.make(Term.Op.NOT, 0, c);
    };
  }

  /** All conditions hold. */
  Term all(List<Term> parts) {
    SortedMap<Integer, Term> flat = new TreeMap<>();
    for (Term part : parts) {
      flatten(part, flat);
    }
    flat.remove(terms.yes.id);
    if (flat.containsKey(terms.no.id)) {
      return terms.no;
    }
    for (Term part : flat.values()) {
      if (flat.containsKey(not(part).id)) {
        return terms.no;
      }
    }
    return switch (flat.size()) {
      case 0 -> terms.yes;
      case 1 -> flat.firstEntry().getValue();
      default -> terms.make(Term.Op.ALL, 0, flat.values().toArray(Term[]::new));
    };
  }

  private static void flatten(Term part, SortedMap<Integer, Term> into) {
    if (part.op == Term.Op.ALL) {
      for (Term arg : part.args) {
        into.put(arg.id, arg);
      }
    } else {
      into.put(part.id, part);
    }
  }

  Term choose(Term c, Term then, Term otherwise) {
    if (c == terms.yes || then == otherwise) {
      return then;
    }
    if (c == terms.no) {
      return otherwise;
    }
    if (c.op == Term.Op.NOT) {
      return choose(c.arg(0), otherwise, then);
    }
    if (then.op == Term.Op.CHOOSE && then.arg(0) == c) {
      return choose(c, then.arg(1), otherwise);
    }
    if (otherwise.op == Term.Op.CHOOSE && otherwise.arg(0) == c) {
      return choose(c, then, otherwise.arg(2));
    }
    if (then.isCondition()) {
      // (c and then) or (not c and otherwise)
      return terms.either(terms.both(c, then), terms.both(not(c), otherwise));
    }
    return chooseMiddle(c, then, otherwise);
  }

  /** Zeros that both sides have in front or behind stay outside of the choice. */
  private Term chooseMiddle(Term c, Term then, Term otherwise) {
    int width = then.width;
    long open = ~(then.zeros & otherwise.zeros);
    int high = 64 - Long.numberOfLeadingZeros(open);
    int low = Long.numberOfTrailingZeros(open);
    if (high == width && low == 0) {
      return terms.make(Term.Op.CHOOSE, width, c, then, otherwise);
    }
    Slices slices = terms.slices;
    Term middle =
        choose(
            c, slices.extract(then, low, high - low), slices.extract(otherwise, low, high - low));
    List<Term> pieces = new ArrayList<>();
    if (high < width) {
      pieces.add(terms.number(0, width - high));
    }
    pieces.add(middle);
    if (low > 0) {
      pieces.add(terms.number(0, low));
    }
    return slices.concat(pieces);
  }

  Term equal(Term a, Term b) {
    if (a == b) {
      return terms.yes;
    }
    if (a.isCondition()) {
      return terms.either(terms.both(a, b), terms.both(not(a), not(b)));
    }
    if ((a.isConstant() && b.isConstant()) || apart(a, b)) {
      return terms.no;
    }
    if (a.op == Term.Op.SUM || b.op == Term.Op.SUM) {
      return equalSums(a, b);
    }
    if (a.isConstant()) {
      return equal(b, a);
    }
    if (a.op == Term.Op.CONCAT || b.op == Term.Op.CONCAT) {
      return equalPieces(a, b);
    }
    return b.isConstant() ? equalConstant(a, b) : equalOpen(a, b);
  }

  /** Whether known bits or bounds exclude that two terms are equal. */
  private static boolean apart(Term a, Term b) {
    return Long.compareUnsigned(a.max, b.min) < 0
        || Long.compareUnsigned(b.max, a.min) < 0
        || (a.isConstant() && (a.value & b.zeros) != 0)
        || (b.isConstant() && (b.value & a.zeros) != 0);
  }

  /** Brings everything to one side, and the constant to the other. */
  private Term equalSums(Term a, Term b) {
    int width = a.width;
    Term difference = terms.subtract(a, b);
    if (difference.isConstant()) {
      return truth(difference.value == 0);
    }
    if (difference.op != Term.Op.SUM) {
      return equal(difference, terms.number(0, width));
    }
    long constant = -difference.value;
    List<Term> parts = difference.arguments();
    long[] factors = difference.factors.clone();
    boolean negative = factors[0] << (64 - width) < 0;
    for (int i = 0; i < factors.length; i++) {
      factors[i] = negative ? -factors[i] : factors[i];
    }
    constant = negative ? -constant : constant;
    if (parts.size() == 1 && (factors[0] & Term.mask(width)) == 1) {
      return equal(parts.get(0), terms.number(constant, width));
    }
    Term left = terms.sums.sum(width, 0, parts, factors);
    Term right = terms.number(constant, width);
    if (left.op == Term.Op.SUM) {
      return apart(left, right) ? terms.no : terms.make(Term.Op.EQUAL, 0, left, right);
    }
    return equal(left, right);
  }

  /** Compares piece by piece where the pieces are alike; what is left is compared as a whole. */
  private Term equalPieces(Term a, Term b) {
    List<Term> left = new ArrayList<>();
    List<Term> right = new ArrayList<>();
    List<Term> conditions = new ArrayList<>();
    int top = a.width;
    while (top > 0) {
      int run = Math.min(pieceBelow(a, top), pieceBelow(b, top));
      Term x = terms.slices.extract(a, top - run, run);
      Term y = terms.slices.extract(b, top - run, run);
      top -= run;
      if (x == y) {
        continue;
      }
      if (x.isConstant() && y.isConstant()) {
        return terms.no;
      }
      left.add(x);
      right.add(y);
    }
    if (left.isEmpty()) {
      return terms.yes;
    }
    if (left.size() == 1) {
      return equal(left.get(0), right.get(0));
    }
    for (int i = 0; i < left.size(); i++) {
      conditions.add(equal(left.get(i), right.get(i)));
    }
    return all(conditions);
  }

  /** Bits of the piece whose highest bit is just below {@code top}. */
  private static int pieceBelow(Term term, int top) {
    if (term.op != Term.Op.CONCAT) {
      return top;
    }
    int end = term.width;
    for (Term part : term.args) {
      int start = end - part.width;
      if (start < top && top <= end) {
        return top - start;
      }
      end = start;
    }
    throw new IllegalStateException("expected a bit inside " + term + ", found " + top);
  }

  private Term equalConstant(Term a, Term b) {
    if (a.op == Term.Op.SIGN_EXTEND) {
      Term inner = terms.number(b.value, a.arg(0).width);
      return inner.signedValue() == b.signedValue() ? equal(a.arg(0), inner) : terms.no;
    }
    if (a.op == Term.Op.XOR && a.arg(1).isConstant()) {
      return equal(a.arg(0), terms.number(a.arg(1).value ^ b.value, a.width));
    }
    if (a.op == Term.Op.XOR && b.isConstant(0)) {
      return equal(a.arg(0), a.arg(1));
    }
    if (a.op == Term.Op.CHOOSE) {
      Term then = equal(a.arg(1), b);
      Term otherwise = equal(a.arg(2), b);
      if (isTruth(then) || isTruth(otherwise)) {
        return choose(a.arg(0), then, otherwise);
      }
    }
    if (a.width == 1 && b.value == 0) {
      return not(equal(a, terms.number(1, 1)));
    }
    return terms.make(Term.Op.EQUAL, 0, a, b);
  }

  private static boolean isTruth(Term c) {
    return c.op == Term.Op.TRUE || c.op == Term.Op.FALSE;
  }

  private Term equalOpen(Term a, Term b) {
    if (a.op == Term.Op.SIGN_EXTEND
        && b.op == Term.Op.SIGN_EXTEND
        && a.arg(0).width == b.arg(0).width) {
      return equal(a.arg(0), b.arg(0));
    }
    if (Functions.isInjective(a, b)) {
      List<Term> parts = new ArrayList<>();
      for (int i = 0; i < a.args.length; i++) {
        parts.add(equal(a.arg(i), b.arg(i)));
      }
      return all(parts);
    }
    return a.id < b.id ? terms.make(Term.Op.EQUAL, 0, a, b) : terms.make(Term.Op.EQUAL, 0, b, a);
  }

  Term lessUnsigned(Term a, Term b) {
    if (a == b || Long.compareUnsigned(b.max, a.min) <= 0) {
      return terms.no;
    }
    if (Long.compareUnsigned(a.max, b.min) < 0) {
      return terms.yes;
    }
    Term offsets = lessOffsets(a, b);
    if (offsets != null) {
      return offsets;
    }
    int needed = Sums.significantBits(~(a.zeros & b.zeros));
    if (needed < a.width) {
      return lessUnsigned(terms.slices.extract(a, 0, needed), terms.slices.extract(b, 0, needed));
    }
    if (a.isConstant()) {
      // c < b is not b < c + 1
      return not(lessUnsigned(b, terms.number(a.value + 1, b.width)));
    }
    return b.isConstant() ? lessConstant(a, b) : terms.make(Term.Op.LESS_UNSIGNED, 0, a, b);
  }

  private Term lessConstant(Term a, Term b) {
    if (b.isConstant(1)) {
      return equal(a, terms.number(0, a.width));
    }
    if (b.isConstant(a.mask())) {
      return not(equal(a, b));
    }
    // h·2^k + l < c·2^k is h < c.
    int free = Long.numberOfTrailingZeros(b.value);
    if (free > 0) {
      int rest = a.width - free;
      return lessUnsigned(
          terms.slices.extract(a, free, rest), terms.number(b.value >>> free, rest));
    }
    if (a.op == Term.Op.CHOOSE) {
      Term then = lessUnsigned(a.arg(1), b);
      Term otherwise = lessUnsigned(a.arg(2), b);
      if (isTruth(then) || isTruth(otherwise)) {
        return choose(a.arg(0), then, otherwise);
      }
    }
    return terms.make(Term.Op.LESS_UNSIGNED, 0, a, b);
  }

  /** Addresses in one block compare as their offsets: no block wraps around. */
  private @Nullable Term lessOffsets(Term a, Term b) {
    Term base = Addresses.base(a);
    if (base == null || base != Addresses.base(b)) {
      return null;
    }
    Term x = terms.subtract(a, base);
    Term y = terms.subtract(b, base);
    return Addresses.within(x, POINTER_REACH) && Addresses.within(y, POINTER_REACH)
        ? lessSigned(x, y)
        : null;
  }

  Term lessSigned(Term a, Term b) {
    if (a == b) {
      return terms.no;
    }
    long sign = 1L << (a.width - 1);
    if ((a.zeros & b.zeros & sign) != 0) {
      return lessUnsigned(a, b);
    }
    if (a.isConstant() && b.isConstant()) {
      return truth(a.signedValue() < b.signedValue());
    }
    if (a.isConstant()) {
      return a.signedValue() == Term.mask(a.width - 1)
          ? terms.no
          : not(lessSigned(b, terms.number(a.value + 1, b.width)));
    }
    if (b.isConstant(0)) {
      return equal(terms.slices.extract(a, a.width - 1, 1), terms.number(1, 1));
    }
    if (b.isConstant(sign)) {
      return terms.no;
    }
    Term narrower = lessExtended(a, b);
    return narrower != null ? narrower : terms.make(Term.Op.LESS_SIGNED, 0, a, b);
  }

  /** Compares sign-extended terms before their extension. */
  private @Nullable Term lessExtended(Term a, Term b) {
    int width = Math.max(significantSigned(a), significantSigned(b));
    return width < a.width
        ? lessSigned(terms.slices.extract(a, 0, width), terms.slices.extract(b, 0, width))
        : null;
  }

  /** Least width of which the term is a sign extension. */
  private static int significantSigned(Term term) {
    if (term.op == Term.Op.SIGN_EXTEND) {
      return term.arg(0).width;
    }
    if (term.isConstant()) {
      long value = term.signedValue();
      return 65 - Long.numberOfLeadingZeros(value < 0 ? ~value : value);
    }
    return Math.min(term.width, Sums.significantBits(~term.zeros) + 1);
  }
}
