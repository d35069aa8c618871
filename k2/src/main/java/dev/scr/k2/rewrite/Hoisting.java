package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.List;

/** What both sides of a branch begin with is done once before it. */
final class Hoisting implements Proposal {
  @Override
  public String name() {
    return "hoisting";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int at = from; at + 1 < draft.size(); at++) {
      Line branch = draft.line(at);
      if (branch.insn() instanceof Branch && hoist(scene, branch)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean hoist(Scene scene, Line branch) {
    Draft draft = scene.draft();
    Line next = draft.line(branch.index() + 1);
    Line target = branch.target();
    if (target.index() == next.index()) {
      return false;
    }
    alignRegisters(scene, next, target);
    Instruction insn = next.insn();
    if (target == next
        || scene.analysis().isLeader(next)
        || next.refers()
        || !insn.equals(target.insn())
        || !(Recompute.onlyWrites(insn) != null || insn instanceof Instruction.Store)
        || entries(draft, target) != 1
        || Registers.written(insn).stream().anyMatch(Registers.read(branch.insn())::contains)) {
      return false;
    }
    List<Reg> written = Registers.written(insn);
    if (written.contains(Reg.FP)) {
      return false;
    }
    Line after = draft.line(target.index() + 1);
    branch.retarget(after);
    draft.lines().remove(target);
    draft.lines().remove(next);
    draft.renumber();
    Line hoisted = new Line(insn);
    draft.lines().add(branch.index(), hoisted);
    draft.renumber();
    for (Line line : draft.lines()) {
      if (line.refers() && line.target() == branch) {
        line.retarget(hoisted);
      }
    }
    draft.starts().replaceAll(start -> start == branch ? hoisted : start);
    draft.renumber();
    return true;
  }

  /**
   * If the two sides differ only in the register that they write, gives the second the register of
   * the first. That is right by itself, whatever comes of it.
   */
  private static void alignRegisters(Scene scene, Line next, Line target) {
    Reg first = Recompute.onlyWrites(next.insn());
    Reg second = Recompute.onlyWrites(target.insn());
    if (first == null || second == null || first.equals(second)) {
      return;
    }
    Instruction renamed =
        Registers.renamed(target.insn(), r -> r, r -> r.equals(second) ? first : r);
    Web web = renamed.equals(next.insn()) ? Web.of(scene, target, second) : null;
    if (web != null && web.mayMoveTo(scene, first)) {
      web.moveTo(scene.draft(), first);
      scene.changed();
    }
  }

  private static int entries(Draft draft, Line target) {
    int entries = 0;
    for (Line line : draft.lines()) {
      if (line.refers() && line.target() == target) {
        entries++;
      }
    }
    int at = target.index();
    return entries
        + (at > 0 && draft.line(at - 1).fallsThrough() ? 1 : 0)
        + (draft.starts().contains(target) ? 1 : 0);
  }
}
