package dev.scr.k2.proof;

import com.microsoft.z3.BoolExpr;
import com.microsoft.z3.Context;
import com.microsoft.z3.Expr;
import com.microsoft.z3.Model;
import com.microsoft.z3.Params;
import com.microsoft.z3.Status;
import com.microsoft.z3.Z3Exception;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Z3 over the terms of one proof: one incremental solver for quantifier-free bit-vectors, which
 * keeps what it learned from question to question. An unknown function becomes one unknown for each
 * application, and for each pair of applications the condition that equal arguments give equal
 * values. One thread at a time; closing it frees Z3's memory.
 */
final class Solver implements AutoCloseable {
  /** What Z3 says. */
  enum Answer {
    SATISFIABLE,
    UNSATISFIABLE,
    UNKNOWN
  }

  private static final long HASTE_MILLIS = 100;

  private final Terms terms;
  private final CheckerOptions options;
  private final Map<Term, BoolExpr> switches = new HashMap<>();
  private final ProofSink sink;
  private Context context;
  private com.microsoft.z3.Solver solver;
  private Translation translation;
  private Params patient;
  private Params hasty;
  private int mostUnknowns = Integer.MAX_VALUE;
  private int told;
  private long questions;
  private long nanos;
  private String reason = "";

  Solver(Terms terms, CheckerOptions options, ProofSink sink) {
    this.terms = terms;
    this.options = options;
    this.sink = sink;
    this.context = new Context();
    this.solver = context.mkSolver("QF_BV");
    this.translation = new Translation(terms, context, solver);
    this.patient = parameters(options.solverTimeout().toMillis());
    this.hasty = parameters(Math.min(HASTE_MILLIS, options.solverTimeout().toMillis()));
    solver.setParameters(patient);
  }

  /**
   * Starts Z3 anew whenever it knows more unknowns than these: many small questions do not pay for
   * what was asserted for the others.
   */
  void forgetBeyond(int unknowns) {
    mostUnknowns = unknowns;
  }

  private void startAnew() {
    context.close();
    switches.clear();
    context = new Context();
    solver = context.mkSolver("QF_BV");
    translation = new Translation(terms, context, solver);
    patient = parameters(options.solverTimeout().toMillis());
    hasty = parameters(Math.min(HASTE_MILLIS, options.solverTimeout().toMillis()));
    solver.setParameters(patient);
  }

  private Params parameters(long millis) {
    Params params = context.mkParams();
    params.add("timeout", (int) Math.min(Integer.MAX_VALUE, millis));
    if (options.solverResources() > 0) {
      params.add("rlimit", options.solverResources());
    }
    params.add("random_seed", (int) options.seed());
    return params;
  }

  /** As {@link #check}, for questions whose answer only saves work: gives up soon. */
  Answer checkQuickly(List<Term> conditions) {
    if (translation.unknowns().size() > mostUnknowns) {
      startAnew();
    }
    solver.setParameters(hasty);
    try {
      return answer(conditions);
    } finally {
      solver.setParameters(patient);
    }
  }

  /** Whether all conditions can hold at once. */
  Answer check(List<Term> conditions) {
    if (translation.unknowns().size() > mostUnknowns) {
      startAnew();
    }
    return answer(conditions);
  }

  private Answer answer(List<Term> conditions) {
    List<BoolExpr> assumed = new ArrayList<>();
    for (Term condition : conditions) {
      if (condition == terms.no) {
        return Answer.UNSATISFIABLE;
      }
      if (condition != terms.yes) {
        assumed.add(switchOf(condition));
      }
    }
    long start = System.nanoTime();
    questions++;
    try {
      Status status = solver.check(assumed.toArray(BoolExpr[]::new));
      return switch (status) {
        case SATISFIABLE -> Answer.SATISFIABLE;
        case UNSATISFIABLE -> {
          if (!sink.equals(ProofSink.NONE)) {
            sink.question(++told, SmtLib.script(terms, conditions));
          }
          yield Answer.UNSATISFIABLE;
        }
        case UNKNOWN -> {
          reason = "Z3: " + solver.getReasonUnknown();
          yield Answer.UNKNOWN;
        }
      };
    } catch (Z3Exception e) {
      reason = "Z3: " + e;
      return Answer.UNKNOWN;
    } finally {
      nanos += System.nanoTime() - start;
    }
  }

  /** Why the last answer was unknown. */
  String reason() {
    return reason;
  }

  /** Number of questions so far. */
  long questions() {
    return questions;
  }

  /** Time spent in Z3 so far. */
  long nanos() {
    return nanos;
  }

  /** The input that the last satisfiable question was answered with. */
  Evaluation model() {
    Model model = solver.getModel();
    Map<Term, Long> unknowns = new HashMap<>();
    translation
        .unknowns()
        .forEach((term, expr) -> unknowns.put(term, number(model.eval(expr, true))));
    return Models.complete(unknowns);
  }

  private static long number(Expr<?> value) {
    return value instanceof com.microsoft.z3.BitVecNum number
        ? number.getBigInteger().longValue()
        : 0;
  }

  /** A literal that implies the condition: what is assumed can change, what is known stays. */
  private BoolExpr switchOf(Term condition) {
    return switches.computeIfAbsent(
        condition,
        term -> {
          BoolExpr literal = context.mkBoolConst("s" + term.id);
          translation.state(context.mkImplies(literal, translation.condition(term)));
          return literal;
        });
  }

  @Override
  public void close() {
    context.close();
  }
}
