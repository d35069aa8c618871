package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Whoever uses a value takes it from another register that holds the same, so that the value need
 * not be made again.
 */
final class Holders implements Proposal {
  @Override
  public String name() {
    return "sharing";
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
      Reg dst = Recompute.onlyWrites(line.insn());
      Web web = dst == null ? null : Web.of(scene, line, dst);
      if (web != null && share(scene, web)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean share(Scene scene, Web web) {
    boolean any = false;
    BitSet uses = web.uses();
    for (int at = uses.nextSetBit(0); at >= 0; at = uses.nextSetBit(at + 1)) {
      Line use = scene.draft().line(at);
      Reg holder = holder(scene, use, web.reg());
      if (holder != null) {
        Instruction renamed =
            Registers.renamed(use.insn(), r -> r.equals(web.reg()) ? holder : r, r -> r);
        if (use.refers()) {
          use.become(renamed, use.target());
        } else {
          use.become(renamed);
        }
        any = true;
      }
    }
    return any;
  }

  private static @Nullable Reg holder(Scene scene, Line use, Reg reg) {
    State state = scene.analysis().before(use);
    if (state == null
        || Registers.isFixed(use.insn())
        || Registers.written(use.insn()).contains(reg)) {
      return null;
    }
    Term value = state.register(reg);
    return value == null ? null : state.holding(value, reg);
  }
}
