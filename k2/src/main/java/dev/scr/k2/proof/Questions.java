package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Questions to the solver about paths. A question is cut down to the facts that have unknowns in
 * common with it, directly or through other facts: the rest of a path that can be taken contradicts
 * neither. What is left is often the same on many paths, so answers are kept.
 *
 * <p>Leaving facts out is sound: "impossible" stays impossible with more facts; "possible" only
 * keeps a path that may not exist.
 */
final class Questions {
  private final Solver solver;
  private final Map<Term, BitSet> unknowns = new HashMap<>();
  private final Map<List<Term>, Solver.Answer> known = new HashMap<>();
  private long answeredBefore;

  Questions(Solver solver) {
    this.solver = solver;
  }

  /** How many questions were answered by an earlier one. */
  long answeredBefore() {
    return answeredBefore;
  }

  /** Whether a path may go on where a condition holds; yes if that is not known soon. */
  boolean possible(Facts facts, Term condition) {
    List<Term> question = related(facts, condition);
    Solver.Answer answer = known.get(question);
    if (answer == null) {
      answer = solver.checkQuickly(question);
      known.put(question, answer);
    }
    return answer != Solver.Answer.UNSATISFIABLE;
  }

  /** Whether a condition can hold together with the facts of a path. */
  Solver.Answer ask(Facts facts, Term condition) {
    List<Term> question = related(facts, condition);
    Solver.Answer before = known.get(question);
    if (before != null && before != Solver.Answer.UNKNOWN) {
      answeredBefore++;
      return before;
    }
    Solver.Answer answer = solver.check(question);
    known.put(question, answer);
    return answer;
  }

  /**
   * As {@link #ask}, but if the answer is "satisfiable" it holds for all facts, and the solver has
   * the input.
   */
  Solver.Answer askAll(Facts facts, Term condition) {
    Solver.Answer answer = ask(facts, condition);
    return answer == Solver.Answer.UNSATISFIABLE ? answer : solver.check(all(facts, condition));
  }

  /** The condition and all facts. */
  static List<Term> all(Facts facts, Term condition) {
    List<Term> question = new ArrayList<>(facts.conditions());
    question.add(condition);
    return question;
  }

  private List<Term> related(Facts facts, Term condition) {
    BitSet reached = (BitSet) unknownsOf(condition).clone();
    List<Term> left = new ArrayList<>(facts.conditions());
    List<Term> question = new ArrayList<>();
    boolean grown = true;
    while (grown) {
      grown = false;
      for (int i = left.size() - 1; i >= 0; i--) {
        BitSet theirs = unknownsOf(left.get(i));
        if (theirs.intersects(reached)) {
          reached.or(theirs);
          question.add(left.remove(i));
          grown = true;
        }
      }
    }
    question.sort((a, b) -> Integer.compare(a.id, b.id));
    question.add(condition);
    return question;
  }

  private BitSet unknownsOf(Term term) {
    BitSet found = unknowns.get(term);
    if (found == null) {
      found = new BitSet();
      if (term.op == Term.Op.SYMBOL || term.op == Term.Op.APPLY) {
        found.set(term.id);
      }
      for (Term arg : term.args) {
        found.or(unknownsOf(arg));
      }
      unknowns.put(term, found);
    }
    return found;
  }
}
