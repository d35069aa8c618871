package dev.scr.k2.proof;

import dev.scr.ebpf.meaning.BitVectors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All terms of one proof, and the algebra in which {@link dev.scr.ebpf.meaning.Meaning} is
 * evaluated to terms. Every constructor returns a normal form, so many equal values are the same
 * object: bit fields are concatenations of slices ({@link Slices}), sums are linear ({@link Sums}),
 * comparisons have a constant on the right ({@link Conditions}). One thread at a time.
 */
final class Terms implements BitVectors<Term, Term> {
  private static final long[] NO_FACTORS = {};

  /** Open addressing by shape; always at least half empty. */
  private @Nullable Term[] table = new Term[1 << 10];

  private final List<Term> inOrder = new ArrayList<>();
  private final Map<Term, List<Term>> axioms = new HashMap<>();
  private final Bounds bounds = new Bounds();

  final Slices slices = new Slices(this);
  final Sums sums = new Sums(this);
  final Bitwise bitwise = new Bitwise(this);
  final Conditions conditions = new Conditions(this);

  final Term yes = intern(new Term(Term.Op.TRUE, 0, 0));
  final Term no = intern(new Term(Term.Op.FALSE, 0, 0));

  /** How many terms there are. */
  int size() {
    return inOrder.size();
  }

  Term intern(Term term) {
    int at = find(table, term);
    Term known = table[at];
    if (known != null) {
      return known;
    }
    table[at] = term;
    term.id = inOrder.size();
    inOrder.add(term);
    bounds.compute(term);
    if (2 * inOrder.size() > table.length) {
      grow();
    }
    return term;
  }

  private static int find(@Nullable Term[] table, Term term) {
    int at = RandomInputs.spread(term.shape()) & (table.length - 1);
    Term there = table[at];
    while (there != null && !there.hasShapeOf(term)) {
      at = (at + 1) & (table.length - 1);
      there = table[at];
    }
    return at;
  }

  private void grow() {
    @Nullable Term[] larger = new Term[2 * table.length];
    for (Term term : inOrder) {
      larger[find(larger, term)] = term;
    }
    table = larger;
  }

  Term make(Term.Op op, int width, Term... args) {
    return intern(new Term(op, width, 0, args));
  }

  /** A constant of a width. */
  Term number(long value, int width) {
    return intern(new Term(Term.Op.CONSTANT, width, value & Term.mask(width)));
  }

  /** An unknown value; the same name is the same value. */
  Term symbol(String name, int width) {
    return intern(new Term(Term.Op.SYMBOL, width, 0, name, NO_FACTORS));
  }

  /** The unknown address of a block of memory. */
  Term address(String name) {
    return symbol(Addresses.PREFIX + name, 64);
  }

  /** An unknown function: equal arguments give equal values. */
  Term apply(String function, int width, Term... args) {
    return intern(new Term(Term.Op.APPLY, width, 0, function, NO_FACTORS, args));
  }

  /** Applications of the functions whose names start like this. */
  List<Term> applications(String prefix) {
    return inOrder.stream()
        .filter(term -> term.op == Term.Op.APPLY && term.name.startsWith(prefix))
        .toList();
  }

  /** Whether two applications of a function have equal arguments. */
  Term sameArguments(Term a, Term b) {
    List<Term> same = new ArrayList<>();
    for (int i = 0; i < a.args.length; i++) {
      same.add(equal(a.arg(i), b.arg(i)));
    }
    return all(same);
  }

  /** States a condition that holds for every input, about a term. */
  void axiom(Term about, Term condition) {
    if (condition != yes) {
      axioms.computeIfAbsent(about, _ -> new ArrayList<>()).add(condition);
    }
  }

  /** What holds about a term for every input. */
  List<Term> axiomsOf(Term about) {
    return axioms.getOrDefault(about, List.of());
  }

  @Override
  public Term constant(long value) {
    return number(value, 64);
  }

  @Override
  public Term add(Term a, Term b) {
    return sums.sum(a.width, 0, List.of(a, b), 1, 1);
  }

  @Override
  public Term subtract(Term a, Term b) {
    return sums.sum(a.width, 0, List.of(a, b), 1, -1);
  }

  @Override
  public Term multiply(Term a, Term b) {
    return sums.product(a, b);
  }

  @Override
  public Term divideUnsigned(Term a, Term b) {
    return sums.divide(Term.Op.DIVIDE_UNSIGNED, a, b);
  }

  @Override
  public Term remainderUnsigned(Term a, Term b) {
    return sums.divide(Term.Op.REMAINDER_UNSIGNED, a, b);
  }

  @Override
  public Term divideSigned(Term a, Term b) {
    return sums.divide(Term.Op.DIVIDE_SIGNED, a, b);
  }

  @Override
  public Term remainderSigned(Term a, Term b) {
    return sums.divide(Term.Op.REMAINDER_SIGNED, a, b);
  }

  @Override
  public Term and(Term a, Term b) {
    return bitwise.and(a, b);
  }

  @Override
  public Term or(Term a, Term b) {
    return bitwise.or(a, b);
  }

  @Override
  public Term xor(Term a, Term b) {
    return bitwise.xor(a, b);
  }

  @Override
  public Term shiftLeft(Term a, Term amount) {
    return bitwise.shift(Term.Op.SHIFT_LEFT, a, amount);
  }

  @Override
  public Term shiftRight(Term a, Term amount) {
    return bitwise.shift(Term.Op.SHIFT_RIGHT, a, amount);
  }

  @Override
  public Term shiftRightSigned(Term a, Term amount) {
    return bitwise.shift(Term.Op.SHIFT_RIGHT_SIGNED, a, amount);
  }

  @Override
  public Term zeroExtend(Term a, int bits) {
    return slices.widen(slices.extract(a, 0, bits), a.width);
  }

  @Override
  public Term signExtend(Term a, int bits) {
    return slices.signExtend(slices.extract(a, 0, bits), a.width);
  }

  @Override
  public Term reverseBytes(Term a) {
    List<Term> pieces = new ArrayList<>();
    for (int at = 0; at < a.width; at += 8) {
      pieces.add(slices.extract(a, at, 8));
    }
    return slices.concat(pieces);
  }

  @Override
  public Term equal(Term a, Term b) {
    return conditions.equal(a, b);
  }

  @Override
  public Term lessUnsigned(Term a, Term b) {
    return conditions.lessUnsigned(a, b);
  }

  @Override
  public Term lessSigned(Term a, Term b) {
    return conditions.lessSigned(a, b);
  }

  @Override
  public Term not(Term c) {
    return conditions.not(c);
  }

  /** All of the conditions. */
  Term all(List<Term> parts) {
    return conditions.all(parts);
  }

  /** Both conditions. */
  Term both(Term a, Term b) {
    return conditions.all(List.of(a, b));
  }

  /** At least one of the conditions. */
  Term either(Term a, Term b) {
    return not(both(not(a), not(b)));
  }

  @Override
  public Term choose(Term c, Term then, Term otherwise) {
    return conditions.choose(c, then, otherwise);
  }
}
