package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.Bounds;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;

/**
 * Drops an extension or a mask whose bits nobody looks at; a comparison of numbers of 32 bits looks
 * only at these.
 */
final class Narrowing implements Proposal {
  @Override
  public String name() {
    return "narrowing";
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
      if (line.insn() instanceof Alu alu
          && (unneeded(scene, line, alu) || onlyCompared(scene, line, alu))) {
        draft.delete(line);
        return at;
      }
    }
    return -1;
  }

  /** Whether the instruction changes only bits that are not needed. */
  private static boolean unneeded(Scene scene, Line line, Alu alu) {
    long needed = scene.liveness().neededAfter(line, alu.dst());
    return (needed & changed(alu)) == 0 && isScalar(scene, line, alu.dst());
  }

  /** Bits of the destination that the instruction may change, if it keeps the others. */
  private static long changed(Alu alu) {
    if (alu.op() == AluOp.AND && alu.src() instanceof Imm(int value)) {
      return alu.width() == Width.W32 ? ~(value & 0xffff_ffffL) : ~(long) value;
    }
    if (alu.op() == AluOp.MOV && alu.width() == Width.W32 && alu.dst().equals(alu.src())) {
      return ~0xffff_ffffL;
    }
    if (alu.op() == AluOp.OR && alu.src() instanceof Imm(int value)) {
      return alu.width() == Width.W32 ? -1 : value;
    }
    return -1;
  }

  private static boolean isScalar(Scene scene, Line line, Reg reg) {
    State state = scene.analysis().before(line);
    Term value = state == null ? null : state.register(reg);
    return value != null && value.region() == null;
  }

  /**
   * Whether the value, which has 32 bits after the instruction, is only compared afterwards, so
   * that the comparisons can look at 32 bits themselves. Makes them do so.
   */
  private static boolean onlyCompared(Scene scene, Line line, Alu alu) {
    boolean extension =
        alu.op() == AluOp.MOV && alu.width() == Width.W32 && alu.dst().equals(alu.src());
    if (!scene.options().words32() || !extension || !isScalar(scene, line, alu.dst())) {
      return false;
    }
    Web web = Web.of(scene, line, alu.dst());
    if (web == null) {
      return false;
    }
    Draft draft = scene.draft();
    for (int at = web.uses().nextSetBit(0); at >= 0; at = web.uses().nextSetBit(at + 1)) {
      Line use = draft.line(at);
      if (use != line && !mayCompare32(scene, use, alu.dst())) {
        return false;
      }
    }
    for (int at = web.uses().nextSetBit(0); at >= 0; at = web.uses().nextSetBit(at + 1)) {
      Line use = draft.line(at);
      if (use.insn() instanceof Branch branch) {
        Instruction narrow =
            new Branch(Width.W32, branch.op(), branch.dst(), branch.src(), (short) 0);
        use.become(narrow, use.target());
      }
    }
    return true;
  }

  private static boolean mayCompare32(Scene scene, Line use, Reg reg) {
    State state = scene.analysis().before(use);
    if (state == null || !(use.insn() instanceof Branch branch) || !branch.dst().equals(reg)) {
      return false;
    }
    Term value = state.register(reg);
    boolean unsigned =
        switch (branch.op()) {
          case JEQ, JNE, JGT, JGE, JLT, JLE, JSET -> true;
          case JSGT, JSGE, JSLT, JSLE -> false;
        };
    boolean constant = branch.src() instanceof Imm(int imm) && imm >= 0;
    Bounds bounds = value == null ? Bounds.ANY : state.bounds(value);
    return unsigned && constant && bounds.fitsIn32();
  }
}
