package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;

/**
 * A look-up that always finds something is checked for null only to please the verifier: the other
 * side of the check may be anything that the verifier accepts. So what the program does there dies.
 */
final class NeverNull implements Proposal {
  @Override
  public String name() {
    return "never-null";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size() * draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    int size = draft.size();
    for (int possibility = from; possibility < possibilities(draft); possibility++) {
      Line check = draft.line(possibility / size);
      if (!(check.insn() instanceof Branch branch) || !isCheck(scene, check, branch)) {
        possibility = (possibility / size + 1) * size - 1;
        continue;
      }
      Line target = draft.line(possibility % size);
      if ((target.index() <= check.index() && !(target.insn() instanceof Exit))
          || !mayGoTo(scene, check, target)) {
        continue;
      }
      if (branch.op() == JmpOp.JEQ && check.target() != target) {
        check.retarget(target);
        return possibility;
      }
      if (branch.op() == JmpOp.JNE) {
        // What follows is the other side: the check is turned round and jumps away.
        Line found = check.target();
        check.become(
            new Branch(branch.width(), JmpOp.JEQ, branch.dst(), branch.src(), (short) 0), target);
        draft.lines().add(check.index() + 1, new Line(new Jump(false, 0), found));
        draft.renumber();
        return possibility;
      }
    }
    return -1;
  }

  static boolean isCheck(Scene scene, Line line, Branch branch) {
    State state = scene.analysis().before(line);
    Term value = state == null ? null : state.register(branch.dst());
    return value != null
        && branch.src().equals(Imm.ZERO)
        && (branch.op() == JmpOp.JEQ || branch.op() == JmpOp.JNE)
        && scene.analysis().isNeverNull(value);
  }

  private static boolean mayGoTo(Scene scene, Line check, Line target) {
    State state = scene.analysis().before(check);
    if (state == null || scene.analysis().before(target) == null) {
      return false;
    }
    boolean interesting = scene.analysis().isLeader(target) || target.insn() instanceof Exit;
    for (int r = 0; r < Reg.COUNT && interesting; r++) {
      boolean needed = scene.liveness().neededBefore(target, Reg.of(r)) != 0;
      Term value = state.registers(r);
      interesting =
          !needed
              || (value != null
                  && (!scene.analysis().isNeverNull(value) || target.insn() instanceof Exit));
    }
    return interesting;
  }
}
