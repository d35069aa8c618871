package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.Bounds;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;

/**
 * Compares a value itself where the program compares its sum with a constant, so that the sum need
 * not be made: {@code r1 = r0; r1 += -34887; if r1 < 2} becomes {@code if r0 < 34889}.
 */
final class Comparing implements Proposal {
  @Override
  public String name() {
    return "comparing";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int at = from; at < draft.size(); at++) {
      Line line = draft.line(at);
      State state = scene.analysis().before(line);
      if (state != null
          && line.insn() instanceof Branch branch
          && branch.src() instanceof Imm(int constant)
          && branch.width() == Width.W64
          && compareAddend(line, state, branch, constant)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean compareAddend(Line line, State state, Branch branch, long constant) {
    Term sum = state.register(branch.dst());
    if (sum == null || sum.offset() == 0 || sum.region() != null) {
      return false;
    }
    Term base = sum.base();
    Reg holder = state.holding(base, branch.dst());
    long wanted = constant - sum.offset();
    if (holder == null
        || wanted != (int) wanted
        || !mayMove(branch.op(), state.bounds(base), sum.offset(), constant, wanted)) {
      return false;
    }
    line.become(
        new Branch(Width.W64, branch.op(), holder, new Imm((int) wanted), (short) 0),
        line.target());
    return true;
  }

  /** Whether the comparison comes out alike: nothing wraps on either side. */
  private static boolean mayMove(JmpOp op, Bounds base, long offset, long constant, long wanted) {
    return switch (op) {
      case JEQ, JNE -> true;
      case JGT, JGE, JLT, JLE ->
          constant >= 0
              && wanted >= 0
              && base.min() >= 0
              && base.max() >= 0
              && base.min() + offset >= 0
              && base.max() + offset >= base.min() + offset;
      case JSET, JSGT, JSGE, JSLT, JSLE -> false;
    };
  }
}
