package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;

/**
 * Who jumps to a branch and knows how that will be decided jumps to where it leads; and a branch
 * goes whose jump the next one makes as well.
 */
final class Threading implements Proposal {
  @Override
  public String name() {
    return "threading";
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
      if (line.isJump() && (thread(scene, line) || superfluous(scene, line))) {
        return at;
      }
    }
    return -1;
  }

  /** Deletes a branch if the next one would go the same way whenever this one jumps. */
  private static boolean superfluous(Scene scene, Line line) {
    State before = scene.analysis().before(line);
    if (before == null
        || !(line.insn() instanceof Branch branch)
        || !(scene.draft().line(line.index() + 1).insn() instanceof Branch next)
        || scene.draft().line(line.index() + 1).target() != line.target()) {
      return false;
    }
    Term outcome = scene.analysis().condition(next, scene.analysis().taken(branch, before));
    if (outcome == null || !outcome.is(1)) {
      return false;
    }
    scene.draft().delete(line);
    return true;
  }

  private static boolean thread(Scene scene, Line jump) {
    Line next = jump.target();
    State before = scene.analysis().before(jump);
    if (before == null || !(next.insn() instanceof Branch decided)) {
      return false;
    }
    State there =
        switch (jump.insn()) {
          case Branch branch -> scene.analysis().taken(branch, before);
          case Jump _ -> before;
          default -> null;
        };
    Term outcome = there == null ? null : scene.analysis().condition(decided, there);
    if (outcome == null || !outcome.isConstant()) {
      return false;
    }
    Line leads = outcome.is(0) ? scene.draft().line(next.index() + 1) : next.target();
    if (leads.index() <= jump.index()) {
      return false;
    }
    jump.retarget(leads);
    return true;
  }
}
