package dev.scr.k2.proof;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Questions about terms as scripts of SMT-LIB 2, logic QF_BV, that stand alone. */
final class SmtLib {
  private final Terms terms;
  private final Map<Integer, Term> reached = new TreeMap<>();
  private final List<Term> known = new ArrayList<>();
  private final Map<String, List<Term>> applications = new HashMap<>();
  private final Deque<Term> work = new ArrayDeque<>();

  private SmtLib(Terms terms) {
    this.terms = terms;
  }

  /** The script that asks whether all conditions can hold at once. */
  static String script(Terms terms, List<Term> conditions) {
    SmtLib script = new SmtLib(terms);
    conditions.forEach(script::reach);
    script.reachAll();
    return script.text(conditions);
  }

  private void reach(Term term) {
    if (reached.putIfAbsent(term.id, term) == null) {
      work.push(term);
    }
  }

  /** Everything that the conditions are made of, and what is known about it. */
  private void reachAll() {
    while (!work.isEmpty()) {
      Term term = work.pop();
      for (Term arg : term.args) {
        reach(arg);
      }
      for (Term axiom : terms.axiomsOf(term)) {
        known.add(axiom);
        reach(axiom);
      }
      if (term.op == Term.Op.APPLY) {
        reachFunction(term);
      }
    }
  }

  /** Equal arguments give equal values: {@code not (same and not equal)}. */
  private void reachFunction(Term term) {
    List<Term> others = applications.computeIfAbsent(term.name, _ -> new ArrayList<>());
    for (Term other : others) {
      Term same = terms.sameArguments(term, other);
      if (same != terms.no && !Functions.isInjective(term, other)) {
        Term consistent = terms.not(terms.both(same, terms.not(terms.equal(term, other))));
        known.add(consistent);
        reach(consistent);
      }
    }
    others.add(term);
  }

  private String text(List<Term> conditions) {
    StringBuilder text = new StringBuilder("(set-logic QF_BV)\n");
    for (Term term : reached.values()) {
      text.append(definition(term)).append('\n');
    }
    for (Term term : reached.values()) {
      if (Addresses.isBase(term)) {
        text.append("(assert (bvuge ").append(name(term)).append(' ');
        text.append(number(Addresses.LOWEST, 64)).append("))\n");
        text.append("(assert (bvule ").append(name(term)).append(' ');
        text.append(number(Addresses.HIGHEST, 64)).append("))\n");
      }
    }
    for (Term condition : known) {
      text.append("(assert ").append(name(condition)).append(")\n");
    }
    for (Term condition : conditions) {
      text.append("(assert ").append(name(condition)).append(")\n");
    }
    return text.append("(check-sat)\n").toString();
  }

  private static String name(Term term) {
    return "t" + term.id;
  }

  private static String sort(Term term) {
    return term.isCondition() ? "Bool" : "(_ BitVec " + term.width + ")";
  }

  private static String number(long value, int width) {
    return "(_ bv" + Long.toUnsignedString(value & Term.mask(width)) + " " + width + ")";
  }

  private static String definition(Term term) {
    if (term.op == Term.Op.SYMBOL || term.op == Term.Op.APPLY) {
      return "(declare-fun " + name(term) + " () " + sort(term) + ") ; " + term.name;
    }
    return "(define-fun " + name(term) + " () " + sort(term) + " " + body(term) + ")";
  }

  private static String body(Term term) {
    return switch (term.op) {
      case CONSTANT -> number(term.value, term.width);
      case EXTRACT -> {
        long high = term.value + term.width - 1;
        yield "((_ extract " + high + " " + term.value + ") " + name(term.arg(0)) + ")";
      }
      case SIGN_EXTEND -> {
        int more = term.width - term.arg(0).width;
        yield "((_ sign_extend " + more + ") " + name(term.arg(0)) + ")";
      }
      case CONCAT -> {
        String whole = name(term.arg(0));
        for (int i = 1; i < term.args.length; i++) {
          whole = "(concat " + whole + " " + name(term.arg(i)) + ")";
        }
        yield whole;
      }
      case SUM -> {
        String sum = number(term.value, term.width);
        for (int i = 0; i < term.args.length; i++) {
          String factor = number(term.factors[i], term.width);
          sum = "(bvadd " + sum + " (bvmul " + factor + " " + name(term.arg(i)) + "))";
        }
        yield sum;
      }
      default -> application(term);
    };
  }

  private static String application(Term term) {
    String operator =
        switch (term.op) {
          case MULTIPLY -> "bvmul";
          case DIVIDE_UNSIGNED -> "bvudiv";
          case REMAINDER_UNSIGNED -> "bvurem";
          case DIVIDE_SIGNED -> "bvsdiv";
          case REMAINDER_SIGNED -> "bvsrem";
          case AND -> "bvand";
          case OR -> "bvor";
          case XOR -> "bvxor";
          case SHIFT_LEFT -> "bvshl";
          case SHIFT_RIGHT -> "bvlshr";
          case SHIFT_RIGHT_SIGNED -> "bvashr";
          case CHOOSE -> "ite";
          case EQUAL -> "=";
          case LESS_UNSIGNED -> "bvult";
          case LESS_SIGNED -> "bvslt";
          case ALL -> "and";
          default -> term.op.name().toLowerCase(Locale.ROOT);
        };
    StringBuilder text = new StringBuilder(operator);
    for (Term arg : term.args) {
      text.append(' ').append(name(arg));
    }
    return term.args.length == 0 ? text.toString() : "(" + text + ")";
  }
}
