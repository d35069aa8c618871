package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import org.jspecify.annotations.Nullable;

/**
 * What stands before a branch and is needed on one side only is done on that side. The other side
 * may also need a value that the register has there anyway, because the branch says so.
 */
final class Sinking implements Proposal {
  @Override
  public String name() {
    return "sinking";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int at = Math.max(from, 1); at + 1 < draft.size(); at++) {
      Line branch = draft.line(at);
      if (branch.insn() instanceof Branch && sink(scene, draft.line(at - 1), branch)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean sink(Scene scene, Line line, Line branch) {
    Draft draft = scene.draft();
    Reg dst = Recompute.onlyWrites(line.insn());
    Line next = draft.line(branch.index() + 1);
    if (dst == null
        || scene.analysis().isLeader(branch)
        || branch.target() == next
        || Registers.read(branch.insn()).contains(dst)) {
      return false;
    }
    boolean onFall = scene.liveness().neededBefore(next, dst) != 0;
    boolean onJump = scene.liveness().neededBefore(branch.target(), dst) != 0;
    if (onJump && !hasItAnyway(scene, line, branch, dst)) {
      return false;
    }
    Instruction insn = line.insn();
    draft.delete(line);
    if (onFall) {
      draft.lines().add(branch.index() + 1, new Line(insn));
      draft.renumber();
    }
    return true;
  }

  /** Whether the register has the value where the branch jumps to, without the line. */
  private static boolean hasItAnyway(Scene scene, Line line, Line branch, Reg dst) {
    State before = scene.analysis().before(line);
    Term value = before == null ? null : Recompute.value(scene, before, line.insn());
    Term old = before == null ? null : before.register(dst);
    if (before == null || value == null || old == null) {
      return false;
    }
    @Nullable Long wanted = before.constant(value);
    State jumped = scene.analysis().taken((Branch) branch.insn(), before);
    @Nullable Long there = jumped.constant(old);
    return wanted != null && wanted.equals(there);
  }
}
