package dev.scr.k2.analysis;

import dev.scr.ebpf.meaning.BitVectors;
import dev.scr.k2.analysis.Term.Op;
import org.jspecify.annotations.Nullable;

/**
 * Makes terms, each once, in a normal form: constants to the right, constant offsets outermost,
 * zero extensions as masks, shifted and masked loads as smaller loads, byte ladders as wider ones.
 * The meaning of instructions comes from {@code dev.scr.ebpf.meaning}; this is one more algebra for
 * it. Owned by one thread.
 */
public final class Terms implements BitVectors<Term, Term> {
  private final TermTable table = new TermTable();
  private int versions;

  /** An empty store. */
  public Terms() {}

  /** A number that no other call returns: the state of a memory after something unknown. */
  public int freshVersion() {
    return ++versions;
  }

  /**
   * A value that is not computed.
   *
   * @param site two calls with the same site, bounds and region are the same value
   */
  public Term symbol(long site, Bounds bounds, @Nullable Region region) {
    return table.term(Op.SYMBOL, null, null, null, site, 0, bounds, region);
  }

  /** Bytes of memory in a state. */
  public Term load(int version, Term address, int bytes, @Nullable Region region) {
    return table.term(
        Op.LOAD, address, null, null, bytes, version, Bounds.ofWidth(8 * bytes), region);
  }

  private Term make(Op op, Term a, Term b, Bounds bounds) {
    return bounds.isConstant()
        ? constant(bounds.min())
        : table.term(op, a, b, null, 0, 0, bounds, regionOf(op, a, b));
  }

  /** An operation that does not mind the order: constants come last, older terms first. */
  private Term commuted(Op op, Term a, Term b, Bounds bounds) {
    return b.isConstant() || a.id() <= b.id() ? make(op, a, b, bounds) : make(op, b, a, bounds);
  }

  private static @Nullable Region regionOf(Op op, Term a, Term b) {
    if (op == Op.ADD) {
      return a.region() == null ? b.region() : b.region() == null ? a.region() : null;
    }
    return op == Op.SUB && b.region() == null ? a.region() : null;
  }

  @Override
  public Term constant(long value) {
    return table.term(Op.CONSTANT, null, null, null, value, 0, Bounds.of(value), null);
  }

  @Override
  public Term add(Term a, Term b) {
    if (a.isConstant() && b.isConstant()) {
      return constant(a.value() + b.value());
    }
    if (a.isConstant()) {
      return add(b, a);
    }
    if (b.isConstant()) {
      long sum = a.offset() + b.value();
      Term base = a.base();
      return sum == 0
          ? base
          : make(Op.ADD, base, constant(sum), BoundsArithmetic.sum(base.bounds(), Bounds.of(sum)));
    }
    if (a.offset() != 0 || b.offset() != 0) {
      return add(add(a.base(), b.base()), constant(a.offset() + b.offset()));
    }
    if (b.op() == Op.SUB && b.b() == a) {
      return b.a();
    }
    if (a.op() == Op.SUB && a.b() == b) {
      return a.a();
    }
    if (disjoint(a, b) && a.region() == null && b.region() == null) {
      return or(a, b);
    }
    return commuted(Op.ADD, a, b, BoundsArithmetic.sum(a.bounds(), b.bounds()));
  }

  private static boolean disjoint(Term a, Term b) {
    return (~a.bounds().zeros() & ~b.bounds().zeros()) == 0;
  }

  @Override
  public Term subtract(Term a, Term b) {
    if (b.isConstant()) {
      return add(a, constant(-b.value()));
    }
    if (a == b) {
      return constant(0);
    }
    if (a.offset() != 0 || b.offset() != 0) {
      return add(subtract(a.base(), b.base()), constant(a.offset() - b.offset()));
    }
    if (a.op() == Op.ADD && a.b() == b) {
      return a.a();
    }
    if (a.op() == Op.ADD && a.a() == b) {
      return a.b();
    }
    return make(Op.SUB, a, b, BoundsArithmetic.difference(a.bounds(), b.bounds()));
  }

  @Override
  public Term multiply(Term a, Term b) {
    if (a.isConstant() && b.isConstant()) {
      return constant(a.value() * b.value());
    }
    if (a.isConstant()) {
      return multiply(b, a);
    }
    if (b.isConstant() && Long.bitCount(b.value()) == 1) {
      return shiftLeft(a, constant(Long.numberOfTrailingZeros(b.value())));
    }
    if (b.is(0)) {
      return b;
    }
    return make(Op.MUL, a, b, BoundsArithmetic.product(a.bounds(), b.bounds()));
  }

  @Override
  public Term divideUnsigned(Term a, Term b) {
    if (a.isConstant() && b.isConstant() && b.value() != 0) {
      return constant(Long.divideUnsigned(a.value(), b.value()));
    }
    if (b.isConstant() && Long.bitCount(b.value()) == 1) {
      return shiftRight(a, constant(Long.numberOfTrailingZeros(b.value())));
    }
    return make(Op.UDIV, a, b, BoundsArithmetic.atMost(a.bounds()));
  }

  @Override
  public Term remainderUnsigned(Term a, Term b) {
    if (a.isConstant() && b.isConstant() && b.value() != 0) {
      return constant(Long.remainderUnsigned(a.value(), b.value()));
    }
    if (b.isConstant() && Long.bitCount(b.value()) == 1) {
      return and(a, constant(b.value() - 1));
    }
    return make(Op.UREM, a, b, BoundsArithmetic.remainder(a.bounds(), b.bounds()));
  }

  @Override
  public Term divideSigned(Term a, Term b) {
    if (a.isConstant() && b.isConstant() && b.value() != 0) {
      return constant(a.value() / b.value());
    }
    return make(Op.SDIV, a, b, Bounds.ANY);
  }

  @Override
  public Term remainderSigned(Term a, Term b) {
    if (a.isConstant() && b.isConstant() && b.value() != 0) {
      return constant(a.value() % b.value());
    }
    return make(Op.SREM, a, b, Bounds.ANY);
  }

  @Override
  public Term and(Term a, Term b) {
    if (a.isConstant() && !b.isConstant()) {
      return and(b, a);
    }
    if (a == b) {
      return a;
    }
    if (b.isConstant()) {
      return masked(a, b.value());
    }
    return commuted(Op.AND, a, b, BoundsArithmetic.and(a.bounds(), b.bounds()));
  }

  private Term masked(Term a, long mask) {
    long wanted = mask & ~a.bounds().zeros();
    if (wanted == 0) {
      return constant(0);
    }
    if (wanted == ~a.bounds().zeros()) {
      return a;
    }
    if (a.isConstant()) {
      return constant(a.value() & mask);
    }
    if (a.op() == Op.AND && a.b().isConstant()) {
      return masked(a.a(), a.b().value() & mask);
    }
    if (a.op() == Op.SEXT && fitsIn(wanted, (int) a.value())) {
      return masked(a.a(), wanted);
    }
    if (a.op() == Op.LOAD && Long.bitCount(wanted + 1) <= 1 && wholeBytes(wanted)) {
      return load(a.version(), a.a(), (Long.SIZE - Long.numberOfLeadingZeros(wanted)) / 8, null);
    }
    if (a.op() == Op.OR) {
      Term left = masked(a.a(), mask);
      Term right = masked(a.b(), mask);
      return or(left, right);
    }
    if (a.op() == Op.SHL && a.b().isConstant()) {
      int by = (int) a.b().value();
      Term inner = masked(a.a(), wanted >>> by);
      if (inner != a.a() && (inner.op() != Op.AND || inner.a() != a.a())) {
        return shiftLeft(inner, a.b());
      }
    }
    return make(Op.AND, a, constant(wanted), BoundsArithmetic.masked(a.bounds(), mask));
  }

  private static boolean fitsIn(long mask, int bits) {
    return bits >= 64 || mask >>> bits == 0;
  }

  private static boolean wholeBytes(long lowMask) {
    return (Long.SIZE - Long.numberOfLeadingZeros(lowMask)) % 8 == 0;
  }

  @Override
  public Term or(Term a, Term b) {
    if (a.isConstant() && b.isConstant()) {
      return constant(a.value() | b.value());
    }
    if (a.isConstant()) {
      return or(b, a);
    }
    if (b.is(0) || a == b) {
      return a;
    }
    Term ladder = disjoint(a, b) ? ladder(a, b) : null;
    if (ladder != null) {
      return ladder;
    }
    return commuted(Op.OR, a, b, BoundsArithmetic.or(a.bounds(), b.bounds()));
  }

  /** Two loads of neighbouring bytes, one shifted above the other, as one load. */
  private @Nullable Term ladder(Term a, Term b) {
    Term low = shiftOf(a) < shiftOf(b) ? a : b;
    Term high = low == a ? b : a;
    Term lowLoad = unshifted(low);
    Term highLoad = unshifted(high);
    if (lowLoad.op() != Op.LOAD
        || highLoad.op() != Op.LOAD
        || lowLoad.version() != highLoad.version()
        || shiftOf(high) - shiftOf(low) != 8 * lowLoad.value()
        || add(lowLoad.a(), constant(lowLoad.value())) != highLoad.a()
        || lowLoad.value() + highLoad.value() > 8) {
      return null;
    }
    Term wide =
        load(lowLoad.version(), lowLoad.a(), (int) (lowLoad.value() + highLoad.value()), null);
    return shiftLeft(wide, constant(shiftOf(low)));
  }

  private static long shiftOf(Term term) {
    return term.op() == Op.SHL && term.b().isConstant() ? term.b().value() : 0;
  }

  private static Term unshifted(Term term) {
    return term.op() == Op.SHL && term.b().isConstant() ? term.a() : term;
  }

  @Override
  public Term xor(Term a, Term b) {
    if (a.isConstant() && b.isConstant()) {
      return constant(a.value() ^ b.value());
    }
    if (a.isConstant()) {
      return xor(b, a);
    }
    if (b.is(0)) {
      return a;
    }
    if (a == b) {
      return constant(0);
    }
    if (a.op() == Op.XOR && a.b().isConstant() && b.isConstant()) {
      return xor(a.a(), constant(a.b().value() ^ b.value()));
    }
    return commuted(Op.XOR, a, b, BoundsArithmetic.xor(a.bounds(), b.bounds()));
  }

  @Override
  public Term shiftLeft(Term a, Term amount) {
    if (!amount.isConstant()) {
      return make(Op.SHL, a, amount, Bounds.ANY);
    }
    int by = (int) amount.value();
    if (by == 0) {
      return a;
    }
    if (a.isConstant()) {
      return constant(a.value() << by);
    }
    if (a.op() == Op.SHL && a.b().isConstant()) {
      long total = a.b().value() + by;
      return total >= 64 ? constant(0) : shiftLeft(a.a(), constant(total));
    }
    if (a.op() == Op.SHR && a.b().is(by)) {
      return masked(a.a(), -1L << by);
    }
    // What the shift drops need not be masked before.
    if (a.op() == Op.AND && a.b().isConstant() && (a.b().value() | ~(-1L >>> by)) == -1) {
      return shiftLeft(a.a(), amount);
    }
    return make(Op.SHL, a, amount, BoundsArithmetic.shiftLeft(a.bounds(), by));
  }

  @Override
  public Term shiftRight(Term a, Term amount) {
    if (!amount.isConstant()) {
      return make(Op.SHR, a, amount, BoundsArithmetic.atMost(a.bounds()));
    }
    int by = (int) amount.value();
    if (by == 0) {
      return a;
    }
    if (a.isConstant()) {
      return constant(a.value() >>> by);
    }
    if (Long.compareUnsigned(a.bounds().max(), (1L << by) - 1) <= 0) {
      return constant(0);
    }
    if (a.op() == Op.SHR && a.b().isConstant()) {
      long total = a.b().value() + by;
      return total >= 64 ? constant(0) : shiftRight(a.a(), constant(total));
    }
    if (a.op() == Op.SHL && a.b().isConstant()) {
      long left = a.b().value();
      Term inner = masked(a.a(), -1L >>> left);
      return left >= by
          ? shiftLeft(inner, constant(left - by))
          : shiftRight(inner, constant(by - left));
    }
    if (a.op() == Op.AND && a.b().isConstant()) {
      return masked(shiftRight(a.a(), amount), a.b().value() >>> by);
    }
    if (a.op() == Op.OR) {
      return or(shiftRight(a.a(), amount), shiftRight(a.b(), amount));
    }
    if (a.op() == Op.LOAD && by % 8 == 0) {
      return load(a.version(), add(a.a(), constant(by / 8)), (int) a.value() - by / 8, null);
    }
    return make(Op.SHR, a, amount, BoundsArithmetic.shiftRight(a.bounds(), by));
  }

  @Override
  public Term shiftRightSigned(Term a, Term amount) {
    if (!amount.isConstant()) {
      return make(Op.SAR, a, amount, Bounds.ANY);
    }
    int by = (int) amount.value();
    if (by == 0) {
      return a;
    }
    if (a.isConstant()) {
      return constant(a.value() >> by);
    }
    if (a.bounds().smin() >= 0) {
      return shiftRight(a, amount);
    }
    if (a.op() == Op.SHL && a.b().is(by)) {
      return signExtend(a.a(), 64 - by);
    }
    return make(Op.SAR, a, amount, BoundsArithmetic.shiftRightSigned(a.bounds(), by));
  }

  @Override
  public Term zeroExtend(Term a, int bits) {
    return bits >= 64 ? a : masked(a, (1L << bits) - 1);
  }

  @Override
  public Term signExtend(Term a, int bits) {
    if (bits >= 64) {
      return a;
    }
    if (a.isConstant()) {
      return constant(a.value() << (64 - bits) >> (64 - bits));
    }
    Bounds bounds = a.bounds();
    if (bounds.smin() >= -(1L << (bits - 1)) && bounds.smax() < 1L << (bits - 1)) {
      return a;
    }
    if (a.op() == Op.AND && a.b().isConstant()) {
      long mask = (1L << bits) - 1;
      if ((a.b().value() & mask) == mask) {
        return signExtend(a.a(), bits);
      }
    }
    if (a.op() == Op.SEXT && a.value() >= bits) {
      return signExtend(a.a(), bits);
    }
    if ((bounds.zeros() & (1L << (bits - 1))) != 0) {
      return zeroExtend(a, bits);
    }
    return table.term(Op.SEXT, a, null, null, bits, 0, BoundsArithmetic.ofSigned(bits), null);
  }

  @Override
  public Term reverseBytes(Term a) {
    if (a.isConstant()) {
      return constant(Long.reverseBytes(a.value()));
    }
    if (a.op() == Op.REVERSE) {
      return a.a();
    }
    Bounds bounds = BoundsArithmetic.reverseBytes(a.bounds());
    return table.term(Op.REVERSE, a, null, null, 0, 0, bounds, null);
  }

  private Term truth(boolean value) {
    return constant(value ? 1 : 0);
  }

  private Term condition(Op op, Term a, @Nullable Term b) {
    return table.term(op, a, b, null, 0, 0, Bounds.unsigned(0, 1), null);
  }

  @Override
  public Term equal(Term a, Term b) {
    if (a == b) {
      return truth(true);
    }
    if (a.bounds().meet(b.bounds()).isEmpty()) {
      return truth(false);
    }
    if (a.isConstant() && b.isConstant()) {
      return truth(a.value() == b.value());
    }
    if (a.base() == b.base()) {
      return truth(a.offset() == b.offset());
    }
    boolean ordered = b.isConstant() || (!a.isConstant() && a.id() <= b.id());
    return ordered ? condition(Op.EQ, a, b) : condition(Op.EQ, b, a);
  }

  @Override
  public Term lessUnsigned(Term a, Term b) {
    if (a == b || Long.compareUnsigned(a.bounds().min(), b.bounds().max()) >= 0) {
      return truth(false);
    }
    if (Long.compareUnsigned(a.bounds().max(), b.bounds().min()) < 0) {
      return truth(true);
    }
    return condition(Op.ULT, a, b);
  }

  @Override
  public Term lessSigned(Term a, Term b) {
    if (a == b || a.bounds().smin() >= b.bounds().smax()) {
      return truth(false);
    }
    if (a.bounds().smax() < b.bounds().smin()) {
      return truth(true);
    }
    return condition(Op.SLT, a, b);
  }

  @Override
  public Term not(Term condition) {
    if (condition.isConstant()) {
      return truth(condition.value() == 0);
    }
    return condition.op() == Op.NOT ? condition.a() : condition(Op.NOT, condition, null);
  }

  @Override
  public Term choose(Term condition, Term then, Term otherwise) {
    if (condition.isConstant()) {
      return condition.value() != 0 ? then : otherwise;
    }
    if (then == otherwise) {
      return then;
    }
    Bounds bounds = then.bounds().join(otherwise.bounds());
    return table.term(Op.ITE, then, otherwise, condition, 0, 0, bounds, null);
  }
}
