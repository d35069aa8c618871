package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.List;

/**
 * Bitwise operations and shifts. Where an operand is constant, the result is made of pieces: a mask
 * is a slice with zeros around it, a disjunction of fields is a concatenation.
 */
final class Bitwise {
  private final Terms terms;

  Bitwise(Terms terms) {
    this.terms = terms;
  }

  Term and(Term a, Term b) {
    return piecewise(Term.Op.AND, a, b);
  }

  Term or(Term a, Term b) {
    return piecewise(Term.Op.OR, a, b);
  }

  Term xor(Term a, Term b) {
    return piecewise(Term.Op.XOR, a, b);
  }

  /** Disjunction of terms that share no bits. */
  Term merge(Term a, Term b) {
    return piecewise(Term.Op.OR, a, b);
  }

  /** Shift to the left by a constant below the width. */
  Term shiftLeft(Term term, int amount) {
    return amount == 0
        ? term
        : terms.slices.concat(
            List.of(terms.slices.extract(term, 0, term.width - amount), terms.number(0, amount)));
  }

  /** Shift to the right by a constant below the width, filled with zeros. */
  Term shiftRight(Term term, int amount) {
    return amount == 0
        ? term
        : terms.slices.widen(terms.slices.extract(term, amount, term.width - amount), term.width);
  }

  Term shift(Term.Op op, Term term, Term amount) {
    if (amount.isConstant()) {
      int by = (int) amount.value;
      return switch (op) {
        case SHIFT_LEFT -> shiftLeft(term, by);
        case SHIFT_RIGHT -> shiftRight(term, by);
        default ->
            terms.slices.signExtend(terms.slices.extract(term, by, term.width - by), term.width);
      };
    }
    if (term.isConstant(0)) {
      return term;
    }
    return terms.make(op, term.width, term, amount);
  }

  /**
   * Cuts both operands where one of them becomes constant zero or ones, and combines the pieces.
   */
  private Term piecewise(Term.Op op, Term a, Term b) {
    int top = a.width;
    List<Term> pieces = new ArrayList<>();
    while (top > 0) {
      int run = Math.min(run(op, a, top), run(op, b, top));
      int low = top - run;
      pieces.add(combine(op, terms.slices.extract(a, low, run), terms.slices.extract(b, low, run)));
      top = low;
    }
    return terms.slices.concat(pieces);
  }

  /** How many bits below {@code top} are alike: all known zero, all known one, or all open. */
  private static int run(Term.Op op, Term term, int top) {
    long ones = ones(op, term);
    int kind = kind(term.zeros, ones, top - 1);
    int bits = 1;
    while (bits < top && kind(term.zeros, ones, top - 1 - bits) == kind) {
      bits++;
    }
    return bits;
  }

  private static int kind(long zeros, long ones, int bit) {
    return (zeros >>> bit & 1) != 0 ? 0 : (ones >>> bit & 1) != 0 ? 1 : 2;
  }

  /** Known ones; an exclusive or keeps its constants whole. */
  private static long ones(Term.Op op, Term term) {
    if (op == Term.Op.XOR) {
      return 0;
    }
    return switch (term.op) {
      case CONSTANT -> term.value;
      case CONCAT -> {
        long ones = 0;
        for (Term part : term.args) {
          ones = (part.width == 64 ? 0 : ones << part.width) | ones(op, part);
        }
        yield ones;
      }
      default -> 0;
    };
  }

  private Term combine(Term.Op op, Term a, Term b) {
    if (a.isConstant() && b.isConstant()) {
      return terms.number(Evaluation.binary(op, a.width, a.value, b.value), a.width);
    }
    if (a == b) {
      return op == Term.Op.XOR ? terms.number(0, a.width) : a;
    }
    // The constant, if there is one, stands on the right.
    Term left = a.isConstant() ? b : a;
    Term right = a.isConstant() ? a : b;
    if (right.isConstant(0)) {
      return op == Term.Op.AND ? right : left;
    }
    if (right.isConstant(right.mask()) && op != Term.Op.XOR) {
      return op == Term.Op.AND ? left : right;
    }
    if (op == Term.Op.XOR && right.isConstant()) {
      return xorConstant(left, right);
    }
    boolean swap = !right.isConstant() && left.id > right.id;
    return swap ? terms.make(op, a.width, right, left) : terms.make(op, a.width, left, right);
  }

  private Term xorConstant(Term term, Term constant) {
    if (term.op == Term.Op.XOR && term.arg(1).isConstant()) {
      return xor(term.arg(0), terms.number(term.arg(1).value ^ constant.value, term.width));
    }
    return terms.make(Term.Op.XOR, term.width, term, constant);
  }
}
