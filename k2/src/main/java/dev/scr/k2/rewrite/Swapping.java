package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.List;

/**
 * Two neighbours that do not depend on each other change places. Pays only together with what it
 * makes possible.
 */
final class Swapping implements Proposal {
  @Override
  public String name() {
    return "swapping";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int at = from; at + 1 < draft.size(); at++) {
      Line first = draft.line(at);
      Line second = draft.line(at + 1);
      if (!scene.analysis().isLeader(second) && independent(first.insn(), second.insn())) {
        Instruction insn = first.insn();
        first.become(second.insn());
        second.become(insn);
        return at;
      }
    }
    return -1;
  }

  private static boolean independent(Instruction a, Instruction b) {
    return isSimple(a)
        && isSimple(b)
        && !(a instanceof Store && (b instanceof Store || b instanceof Load))
        && !(b instanceof Store && a instanceof Load)
        && disjoint(Registers.written(a), Registers.read(b))
        && disjoint(Registers.written(b), Registers.read(a))
        && disjoint(Registers.written(a), Registers.written(b));
  }

  private static boolean isSimple(Instruction insn) {
    return insn instanceof Store
        || (Recompute.onlyWrites(insn) != null
            && !(insn instanceof Instruction.LoadWide wide && wide.source() == WideSource.CODE));
  }

  private static boolean disjoint(List<Reg> a, List<Reg> b) {
    return a.stream().noneMatch(b::contains);
  }
}
