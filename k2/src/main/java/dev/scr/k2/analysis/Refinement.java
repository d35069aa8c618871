package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.Term.Op;

/** What the outcome of a branch says about the values that it compared. */
final class Refinement {
  private final Terms terms;
  private final State state;

  Refinement(Terms terms, State state) {
    this.terms = terms;
    this.state = state;
  }

  void learn(Branch branch, Term a, Term b, boolean taken) {
    if (a.region() instanceof Region.Packet && b.region() instanceof Region.PacketEnd) {
      learnPacketEnd(branch.op(), a, taken, false);
    } else if (a.region() instanceof Region.PacketEnd && b.region() instanceof Region.Packet) {
      learnPacketEnd(branch.op(), b, taken, true);
    }
    Bounds x = state.bounds(a);
    Bounds y = state.bounds(b);
    boolean whole = branch.width() == Width.W64 || (x.fitsIn32() && y.fitsIn32());
    boolean signed32 =
        branch.width() == Width.W32
            && (x.smax() > Integer.MAX_VALUE || y.smax() > Integer.MAX_VALUE);
    if (whole && !(isSigned(branch.op()) && signed32)) {
      compare(taken ? branch.op() : opposite(branch.op()), a, b);
    }
  }

  private static boolean isSigned(JmpOp op) {
    return switch (op) {
      case JSGT, JSGE, JSLT, JSLE -> true;
      case JEQ, JGT, JGE, JSET, JNE, JLT, JLE -> false;
    };
  }

  /** The comparison that holds when this one does not; JSET has none and stays. */
  static JmpOp opposite(JmpOp op) {
    return switch (op) {
      case JEQ -> JmpOp.JNE;
      case JNE -> JmpOp.JEQ;
      case JGT -> JmpOp.JLE;
      case JLE -> JmpOp.JGT;
      case JGE -> JmpOp.JLT;
      case JLT -> JmpOp.JGE;
      case JSGT -> JmpOp.JSLE;
      case JSLE -> JmpOp.JSGT;
      case JSGE -> JmpOp.JSLT;
      case JSLT -> JmpOp.JSGE;
      case JSET -> JmpOp.JSET;
    };
  }

  /** What must hold of a packet pointer if the comparison with the end came out so. */
  private void learnPacketEnd(JmpOp op, Term pointer, boolean taken, boolean reversed) {
    boolean within =
        switch (op) {
          case JGT -> reversed ? taken : !taken;
          case JGE -> reversed && taken;
          case JLE -> !reversed && taken;
          case JLT -> reversed ? !taken : taken;
          default -> false;
        };
    if (within && pointer.offset() > 0) {
      state.learnInPacket(pointer.base(), pointer.offset());
    }
  }

  private void compare(JmpOp op, Term a, Term b) {
    Bounds x = state.bounds(a);
    Bounds y = state.bounds(b);
    switch (op) {
      case JEQ -> {
        learn(a, y);
        learn(b, x);
      }
      case JNE -> {
        learn(a, without(x, y));
        learn(b, without(y, x));
      }
      case JGT -> {
        if (y.min() != -1 && x.max() != 0) {
          learn(a, Bounds.unsigned(y.min() + 1, -1));
          learn(b, Bounds.unsigned(0, x.max() - 1));
        }
      }
      case JGE -> {
        learn(a, Bounds.unsigned(y.min(), -1));
        learn(b, Bounds.unsigned(0, x.max()));
      }
      case JLT -> compare(JmpOp.JGT, b, a);
      case JLE -> compare(JmpOp.JGE, b, a);
      case JSGT -> {
        if (y.smin() != Long.MAX_VALUE && x.smax() != Long.MIN_VALUE) {
          learn(a, Bounds.signed(y.smin() + 1, Long.MAX_VALUE));
          learn(b, Bounds.signed(Long.MIN_VALUE, x.smax() - 1));
        }
      }
      case JSGE -> {
        learn(a, Bounds.signed(y.smin(), Long.MAX_VALUE));
        learn(b, Bounds.signed(Long.MIN_VALUE, x.smax()));
      }
      case JSLT -> compare(JmpOp.JSGT, b, a);
      case JSLE -> compare(JmpOp.JSGE, b, a);
      case JSET -> {}
    }
  }

  private static Bounds without(Bounds bounds, Bounds other) {
    if (!other.isConstant()) {
      return bounds;
    }
    long hole = other.min();
    if (bounds.values().contains(hole)) {
      return Bounds.of(bounds.values().stream().filter(v -> v != hole).toList());
    }
    Bounds left = bounds;
    if (left.min() == hole && hole != -1) {
      left = left.meet(Bounds.unsigned(hole + 1, -1));
    }
    if (left.max() == hole && hole != 0) {
      left = left.meet(Bounds.unsigned(0, hole - 1));
    }
    return left;
  }

  private void learn(Term term, Bounds bounds) {
    if (bounds.isEmpty()) {
      return;
    }
    state.learn(term, bounds);
    if (term.op() == Op.ADD && term.b().isConstant()) {
      // x + c in an interval that does not wrap when c is taken off again.
      Bounds of = state.bounds(term);
      long c = term.b().value();
      long min = of.min() - c;
      long max = of.max() - c;
      if (Long.compareUnsigned(min, max) <= 0) {
        state.learn(term.a(), Bounds.unsigned(min, max));
      }
    }
    if (term.op() == Op.AND && term.b().isConstant() && bounds.isConstant()) {
      state.learn(term.a(), Bounds.bits(term.b().value() & ~bounds.min(), bounds.min()));
    }
    if (terms.zeroExtend(term, 32) != term && state.bounds(term).fitsIn32()) {
      state.learn(terms.zeroExtend(term, 32), state.bounds(term));
    }
  }
}
