package dev.scr.k2.proof;

import com.microsoft.z3.BitVecExpr;
import com.microsoft.z3.BitVecSort;
import com.microsoft.z3.BoolExpr;
import com.microsoft.z3.Context;
import com.microsoft.z3.Expr;
import com.microsoft.z3.Solver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Terms to Z3's expressions; asserts what is known about each unknown that it meets. */
final class Translation {
  private final Terms terms;
  private final Context context;
  private final Solver solver;
  private final Map<Term, Expr<?>> known = new HashMap<>();
  private final Map<Term, BitVecExpr> unknowns = new LinkedHashMap<>();
  private final Map<String, List<Term>> applications = new HashMap<>();
  private final List<Term> pending = new ArrayList<>();
  private boolean stating;

  Translation(Terms terms, Context context, Solver solver) {
    this.terms = terms;
    this.context = context;
    this.solver = solver;
  }

  BoolExpr condition(Term term) {
    BoolExpr result = (BoolExpr) translate(term);
    statePending();
    return result;
  }

  /** The expressions that stand for unknowns. */
  Map<Term, BitVecExpr> unknowns() {
    return unknowns;
  }

  /** States what holds about unknowns that are new; that may bring more of them. */
  private void statePending() {
    if (stating) {
      return;
    }
    stating = true;
    while (!pending.isEmpty()) {
      Term term = pending.removeLast();
      if (Addresses.isBase(term)) {
        BitVecExpr address = vector(term);
        state(context.mkBVUGE(address, context.mkBV(Addresses.LOWEST, 64)));
        state(context.mkBVULE(address, context.mkBV(Addresses.HIGHEST, 64)));
      }
      for (Term axiom : terms.axiomsOf(term)) {
        state((BoolExpr) translate(axiom));
      }
      if (term.op == Term.Op.APPLY) {
        stateFunction(term);
      }
    }
    stating = false;
  }

  /** Equal arguments give equal values. */
  private void stateFunction(Term term) {
    List<Term> others = applications.computeIfAbsent(term.name, _ -> new ArrayList<>());
    for (Term other : others) {
      Term same = terms.sameArguments(term, other);
      if (same != terms.no) {
        state(
            context.mkImplies(
                (BoolExpr) translate(same), context.mkEq(vector(term), vector(other))));
      }
    }
    others.add(term);
  }

  /** What Z3 shall take for granted from now on. */
  void state(BoolExpr condition) {
    solver.add(new BoolExpr[] {condition});
  }

  private BitVecExpr vector(Term term) {
    return (BitVecExpr) translate(term);
  }

  private BoolExpr truth(Term term) {
    return (BoolExpr) translate(term);
  }

  private Expr<?> translate(Term term) {
    Expr<?> done = known.get(term);
    if (done != null) {
      return done;
    }
    Expr<?> made = term.isCondition() ? translateCondition(term) : translateVector(term);
    known.put(term, made);
    return made;
  }

  private BoolExpr translateCondition(Term term) {
    return switch (term.op) {
      case TRUE -> context.mkTrue();
      case FALSE -> context.mkFalse();
      case EQUAL -> context.mkEq(vector(term.arg(0)), vector(term.arg(1)));
      case LESS_UNSIGNED -> context.mkBVULT(vector(term.arg(0)), vector(term.arg(1)));
      case LESS_SIGNED -> context.mkBVSLT(vector(term.arg(0)), vector(term.arg(1)));
      case NOT -> context.mkNot(truth(term.arg(0)));
      case ALL ->
          context.mkAnd(term.arguments().stream().map(this::truth).toArray(BoolExpr[]::new));
      default -> throw new IllegalStateException("expected a condition, found " + term);
    };
  }

  private BitVecExpr translateVector(Term term) {
    return switch (term.op) {
      case CONSTANT -> context.mkBV(Long.toUnsignedString(term.value), term.width);
      case SYMBOL, APPLY -> newUnknown(term);
      case CONCAT -> {
        BitVecExpr whole = vector(term.arg(0));
        for (int i = 1; i < term.args.length; i++) {
          whole = context.mkConcat(whole, vector(term.arg(i)));
        }
        yield whole;
      }
      case EXTRACT -> {
        int low = (int) term.value;
        yield context.mkExtract(low + term.width - 1, low, vector(term.arg(0)));
      }
      case SIGN_EXTEND -> context.mkSignExt(term.width - term.arg(0).width, vector(term.arg(0)));
      case SUM -> sum(term);
      case CHOOSE -> choose(term);
      default -> binary(term, vector(term.arg(0)), vector(term.arg(1)));
    };
  }

  private BitVecExpr newUnknown(Term term) {
    BitVecExpr unknown = context.mkBVConst("u" + term.id, term.width);
    unknowns.put(term, unknown);
    pending.add(term);
    return unknown;
  }

  @SuppressWarnings("unchecked") // Z3's expressions carry their sort as a type
  private BitVecExpr choose(Term term) {
    Expr<BitVecSort> chosen =
        context.mkITE(truth(term.arg(0)), vector(term.arg(1)), vector(term.arg(2)));
    return (BitVecExpr) chosen;
  }

  private BitVecExpr sum(Term term) {
    BitVecExpr total = context.mkBV(Long.toUnsignedString(term.value), term.width);
    for (int i = 0; i < term.args.length; i++) {
      BitVecExpr addend = vector(term.arg(i));
      long factor = term.factors[i];
      if (factor == 1) {
        total = context.mkBVAdd(total, addend);
      } else if (factor == term.mask()) {
        total = context.mkBVSub(total, addend);
      } else {
        BitVecExpr by = context.mkBV(Long.toUnsignedString(factor & term.mask()), term.width);
        total = context.mkBVAdd(total, context.mkBVMul(by, addend));
      }
    }
    return total;
  }

  private BitVecExpr binary(Term term, BitVecExpr a, BitVecExpr b) {
    return switch (term.op) {
      case MULTIPLY -> context.mkBVMul(a, b);
      case DIVIDE_UNSIGNED -> context.mkBVUDiv(a, b);
      case REMAINDER_UNSIGNED -> context.mkBVURem(a, b);
      case DIVIDE_SIGNED -> context.mkBVSDiv(a, b);
      case REMAINDER_SIGNED -> context.mkBVSRem(a, b);
      case AND -> context.mkBVAND(a, b);
      case OR -> context.mkBVOR(a, b);
      case XOR -> context.mkBVXOR(a, b);
      case SHIFT_LEFT -> context.mkBVSHL(a, b);
      case SHIFT_RIGHT -> context.mkBVLSHR(a, b);
      case SHIFT_RIGHT_SIGNED -> context.mkBVASHR(a, b);
      default -> throw new IllegalStateException("expected an operation, found " + term);
    };
  }
}
