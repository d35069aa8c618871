package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Slices of terms and terms side by side. A bit field has one form: the fewest pieces, each a
 * constant or a slice of something that is not itself made of pieces.
 */
final class Slices {
  private final Terms terms;

  /** Lower bits of operations: what has many uses in a term is made narrower once. */
  private final Map<Narrowed, Term> narrowed = new HashMap<>();

  /** A question: the lower bits of a term. */
  private record Narrowed(Term term, int width) {}

  Slices(Terms terms) {
    this.terms = terms;
  }

  /** {@code width} bits of a term, from bit {@code low} on. */
  Term extract(Term term, int low, int width) {
    if (width == term.width) {
      return term;
    }
    if (((~term.zeros >>> low) & Term.mask(width)) == 0) {
      return terms.number(0, width);
    }
    return switch (term.op) {
      case CONSTANT -> terms.number(term.value >>> low, width);
      case EXTRACT -> extract(term.arg(0), (int) term.value + low, width);
      case CONCAT -> extractPieces(term, low, width);
      case SIGN_EXTEND -> extractSigned(term, low, width);
      case CHOOSE ->
          terms.choose(
              term.arg(0), extract(term.arg(1), low, width), extract(term.arg(2), low, width));
      case SUM, MULTIPLY, AND, OR, XOR -> low == 0 ? narrow(term, width) : slice(term, low, width);
      default -> slice(term, low, width);
    };
  }

  private Term slice(Term term, int low, int width) {
    return terms.intern(new Term(Term.Op.EXTRACT, width, low, term));
  }

  /** The lower bits of a result depend only on the lower bits of its arguments. */
  private Term narrow(Term term, int width) {
    Narrowed question = new Narrowed(term, width);
    Term known = narrowed.get(question);
    if (known == null) {
      known = makeNarrow(term, width);
      narrowed.put(question, known);
    }
    return known;
  }

  private Term makeNarrow(Term term, int width) {
    List<Term> parts = new ArrayList<>();
    for (Term arg : term.args) {
      parts.add(extract(arg, 0, width));
    }
    return switch (term.op) {
      case SUM -> terms.sums.sum(width, term.value, parts, term.factors);
      case MULTIPLY -> terms.multiply(parts.get(0), parts.get(1));
      case AND -> terms.and(parts.get(0), parts.get(1));
      case OR -> terms.or(parts.get(0), parts.get(1));
      default -> terms.xor(parts.get(0), parts.get(1));
    };
  }

  private Term extractPieces(Term term, int low, int width) {
    List<Term> found = new ArrayList<>();
    int top = term.width;
    for (Term part : term.args) {
      int bottom = top - part.width;
      int from = Math.max(low, bottom);
      int to = Math.min(low + width, top);
      if (from < to) {
        found.add(extract(part, from - bottom, to - from));
      }
      top = bottom;
    }
    return concat(found);
  }

  private Term extractSigned(Term term, int low, int width) {
    Term inner = term.arg(0);
    if (low + width <= inner.width) {
      return extract(inner, low, width);
    }
    int from = Math.min(low, inner.width - 1);
    return signExtend(extract(inner, from, inner.width - from), width);
  }

  /** Zeros in front, up to a width. */
  Term widen(Term term, int width) {
    return term.width == width ? term : concat(List.of(terms.number(0, width - term.width), term));
  }

  /** Copies of the sign in front, up to a width. */
  Term signExtend(Term term, int width) {
    if (term.width == width) {
      return term;
    }
    if (term.isConstant()) {
      return terms.number(term.signedValue(), width);
    }
    if ((term.zeros >>> (term.width - 1) & 1) != 0) {
      return widen(term, width);
    }
    return switch (term.op) {
      case SIGN_EXTEND -> signExtend(term.arg(0), width);
      case CHOOSE ->
          terms.choose(term.arg(0), signExtend(term.arg(1), width), signExtend(term.arg(2), width));
      default -> terms.make(Term.Op.SIGN_EXTEND, width, term);
    };
  }

  /** Terms side by side, the highest bits first. */
  Term concat(List<Term> parts) {
    List<Term> pieces = new ArrayList<>();
    for (Term part : parts) {
      if (part.op == Term.Op.CONCAT) {
        for (Term inner : part.args) {
          append(pieces, inner);
        }
      } else {
        append(pieces, part);
      }
    }
    if (pieces.size() == 1) {
      return pieces.get(0);
    }
    int width = 0;
    for (Term piece : pieces) {
      width += piece.width;
    }
    return terms.make(Term.Op.CONCAT, width, pieces.toArray(Term[]::new));
  }

  /** Appends a piece below the others, merged with its neighbour where both are one slice. */
  private void append(List<Term> pieces, Term low) {
    Term merged = low;
    while (!pieces.isEmpty()) {
      Term joined = join(pieces.getLast(), merged);
      if (joined == null) {
        break;
      }
      pieces.removeLast();
      if (joined.op == Term.Op.CONCAT) {
        // A join that falls apart again: its upper pieces are final.
        for (int i = 0; i < joined.args.length - 1; i++) {
          pieces.add(joined.arg(i));
        }
        pieces.add(joined.arg(joined.args.length - 1));
        return;
      }
      merged = joined;
    }
    pieces.add(merged);
  }

  private @Nullable Term join(Term high, Term low) {
    int width = high.width + low.width;
    if (high.isConstant() && low.isConstant()) {
      return terms.number(high.value << low.width | low.value, width);
    }
    if (high.op == Term.Op.EXTRACT && high.value >= low.width) {
      int from = (int) high.value - low.width;
      if (extract(high.arg(0), from, low.width) == low) {
        return extract(high.arg(0), from, width);
      }
    }
    if (high.op == Term.Op.CHOOSE && low.op == Term.Op.CHOOSE && high.arg(0) == low.arg(0)) {
      return terms.choose(
          high.arg(0),
          concat(List.of(high.arg(1), low.arg(1))),
          concat(List.of(high.arg(2), low.arg(2))));
    }
    return joinSigned(high, low);
  }

  private @Nullable Term joinSigned(Term high, Term low) {
    int width = high.width + low.width;
    Term sign = high.op == Term.Op.SIGN_EXTEND ? high.arg(0) : high;
    if (sign.width != 1 || sign.isConstant() || low.isConstant()) {
      return null;
    }
    Term top = extract(low, low.width - 1, 1);
    return top == sign ? signExtend(low, width) : null;
  }
}
