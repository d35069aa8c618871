package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Conditions that hold on a path, and what follows from them without a solver: bounds of terms.
 * Immutable.
 */
final class Facts {
  private final Terms terms;
  private final List<Term> conditions;
  private final Set<Term> truths;
  private final Map<Term, Range> ranges;

  /** Bounds as unsigned numbers, both included. */
  private record Range(long min, long max) {}

  private Facts(Terms terms, List<Term> conditions, Set<Term> truths, Map<Term, Range> ranges) {
    this.terms = terms;
    this.conditions = conditions;
    this.truths = truths;
    this.ranges = ranges;
  }

  /** Nothing is known. */
  static Facts none(Terms terms) {
    return new Facts(terms, List.of(), Set.of(), Map.of());
  }

  /** The conditions in the order in which they became known. */
  List<Term> conditions() {
    return conditions;
  }

  /** The same facts and one more. */
  Facts with(Term condition) {
    if (decide(condition) == terms.yes) {
      return this;
    }
    Facts more =
        new Facts(terms, new ArrayList<>(conditions), new HashSet<>(truths), new HashMap<>(ranges));
    more.conditions.add(condition);
    more.learn(condition);
    return more;
  }

  private void learn(Term condition) {
    truths.add(condition);
    switch (condition.op) {
      case ALL -> {
        for (Term part : condition.args) {
          learn(part);
        }
      }
      case NOT -> learnNot(condition.arg(0));
      case EQUAL -> {
        if (condition.arg(1).isConstant()) {
          long value = condition.arg(1).value;
          narrow(condition.arg(0), value, value);
        }
      }
      case LESS_UNSIGNED -> {
        if (condition.arg(1).isConstant()) {
          narrow(condition.arg(0), 0, condition.arg(1).value - 1);
        }
      }
      default -> {}
    }
  }

  private void learnNot(Term condition) {
    if (condition.op != Term.Op.EQUAL && condition.op != Term.Op.LESS_UNSIGNED) {
      return;
    }
    if (!condition.arg(1).isConstant()) {
      return;
    }
    Term about = condition.arg(0);
    long value = condition.arg(1).value;
    if (condition.op == Term.Op.LESS_UNSIGNED) {
      narrow(about, value, about.max);
      return;
    }
    Range range = range(about);
    if (range.min == value) {
      narrow(about, value + 1, range.max);
    } else if (range.max == value) {
      narrow(about, range.min, value - 1);
    }
  }

  private Range range(Term about) {
    Range known = ranges.get(about);
    return known == null ? new Range(about.min, about.max) : known;
  }

  /** The least number, unsigned, that a term can be here, as far as it is seen without a solver. */
  long least(Term term) {
    return bounds(term).min;
  }

  /** The greatest number, unsigned, that a term can be here. */
  long greatest(Term term) {
    return bounds(term).max;
  }

  private Range bounds(Term term) {
    Range known = range(term);
    if (term.op != Term.Op.CONCAT) {
      return known;
    }
    // Side by side: the bounds of the pieces are those of the digits of the number.
    long min = 0;
    long max = 0;
    for (Term part : term.args) {
      Range piece = bounds(part);
      min = min << part.width | piece.min;
      max = max << part.width | piece.max;
    }
    return new Range(
        Long.compareUnsigned(min, known.min) > 0 ? min : known.min,
        Long.compareUnsigned(max, known.max) < 0 ? max : known.max);
  }

  private void narrow(Term about, long min, long max) {
    Range before = range(about);
    ranges.put(
        about,
        new Range(
            Long.compareUnsigned(min, before.min) > 0 ? min : before.min,
            Long.compareUnsigned(max, before.max) < 0 ? max : before.max));
  }

  /** Yes or no if the facts decide the condition, else the condition. */
  Term decide(Term condition) {
    if (truths.contains(condition)) {
      return terms.yes;
    }
    return switch (condition.op) {
      case NOT -> {
        Term inner = decide(condition.arg(0));
        yield inner == condition.arg(0) ? condition : terms.not(inner);
      }
      case ALL -> decideAll(condition);
      case EQUAL, LESS_UNSIGNED ->
          truths.contains(terms.not(condition)) ? terms.no : compare(condition);
      default -> truths.contains(terms.not(condition)) ? terms.no : condition;
    };
  }

  private Term decideAll(Term condition) {
    boolean open = truths.contains(terms.not(condition));
    if (open) {
      return terms.no;
    }
    for (Term part : condition.args) {
      Term decided = decide(part);
      if (decided == terms.no) {
        return terms.no;
      }
      open |= decided != terms.yes;
    }
    return open ? condition : terms.yes;
  }

  private Term compare(Term condition) {
    if (!condition.arg(1).isConstant()) {
      return condition;
    }
    Range range = range(condition.arg(0));
    long value = condition.arg(1).value;
    if (condition.op == Term.Op.LESS_UNSIGNED) {
      if (Long.compareUnsigned(range.max, value) < 0) {
        return terms.yes;
      }
      return Long.compareUnsigned(range.min, value) >= 0 ? terms.no : condition;
    }
    if (range.min == range.max && range.min == value) {
      return terms.yes;
    }
    boolean outside =
        Long.compareUnsigned(value, range.min) < 0 || Long.compareUnsigned(value, range.max) > 0;
    return outside ? terms.no : condition;
  }
}
