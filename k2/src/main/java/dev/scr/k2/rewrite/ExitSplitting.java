package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.List;

/**
 * Paths that come to an exit with the same constant in r0 get an exit of their own that puts it
 * there, so that they need not carry it; those that know it from a branch stay.
 */
final class ExitSplitting implements Proposal {
  @Override
  public String name() {
    return "exit-splitting";
  }

  @Override
  public int possibilities(Draft draft) {
    return 2 * draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int possibility = from; possibility < possibilities(draft); possibility++) {
      Line exit = draft.line(possibility / 2);
      if (exit.insn() instanceof Exit
          && exit.index() > 0
          && split(scene, exit, possibility % 2 == 1)) {
        return possibility;
      }
    }
    return -1;
  }

  private static boolean split(Scene scene, Line exit, boolean withJumps) {
    Draft draft = scene.draft();
    Line previous = draft.line(exit.index() - 1);
    State falling = scene.analysis().before(previous);
    if (falling == null || !previous.fallsThrough()) {
      return false;
    }
    if (previous.insn() instanceof Alu alu && alu.dst().equals(Reg.R0)) {
      return false;
    }
    Term r0 = falling.register(Reg.R0);
    Long constant = r0 == null ? null : falling.constant(r0);
    if (constant == null
        || constant != (int) (long) constant
        || Registers.written(previous.insn()).contains(Reg.R0)) {
      return false;
    }
    List<Line> jumps = new ArrayList<>();
    for (Line line : draft.lines()) {
      State state = scene.analysis().before(line);
      Term value = state == null ? null : state.register(Reg.R0);
      if (line.isJump() && line.target() == exit && value != null && value.is(constant)) {
        jumps.add(line);
      }
    }
    Line move = new Line(new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm((int) (long) constant)));
    if (withJumps) {
      jumps.forEach(jump -> jump.retarget(move));
    }
    draft.lines().add(exit.index(), move);
    draft.renumber();
    return true;
  }
}
