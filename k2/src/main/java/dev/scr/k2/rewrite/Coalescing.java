package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.State;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes a copy superfluous: the copied value lives in the destination from its beginning, or stays
 * in the source to its end.
 */
final class Coalescing implements Proposal {
  @Override
  public String name() {
    return "coalescing";
  }

  @Override
  public int possibilities(Draft draft) {
    return 3 * draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    // Three possibilities per line: source to destination, destination to source, use the source.
    for (int possibility = from; possibility < possibilities(draft); possibility++) {
      Line line = draft.line(possibility / 3);
      if (!(line.insn() instanceof Alu(Width width, AluOp op, Reg dst, Reg src))
          || op != AluOp.MOV
          || width != Width.W64
          || src.equals(dst)) {
        continue;
      }
      boolean done =
          switch (possibility % 3) {
            case 0 -> sourceToDestination(scene, line, dst, src);
            case 1 -> destinationToSource(scene, line, dst, src);
            default -> useSource(scene, line, dst, src);
          };
      if (done) {
        return possibility;
      }
    }
    return -1;
  }

  private static boolean sourceToDestination(Scene scene, Line copy, Reg dst, Reg src) {
    Web web = webOfUse(scene, copy, src);
    if (web == null || scene.liveness().neededAfter(copy, src) != 0) {
      return false;
    }
    // The copy itself writes dst, which is what the web becomes there.
    if (!web.mayMoveTo(scene, dst)) {
      return false;
    }
    web.moveTo(scene.draft(), dst);
    return true;
  }

  private static boolean destinationToSource(Scene scene, Line copy, Reg dst, Reg src) {
    Web web = Web.of(scene, copy, dst);
    if (web == null || src.equals(Reg.FP) || !web.mayMoveTo(scene, src)) {
      return false;
    }
    web.moveTo(scene.draft(), src);
    return true;
  }

  /** Lets those who use the copy use the source, where both still hold the same. */
  private static boolean useSource(Scene scene, Line copy, Reg dst, Reg src) {
    Web web = Web.of(scene, copy, dst);
    if (web == null) {
      return false;
    }
    boolean any = false;
    BitSet uses = web.uses();
    for (int at = uses.nextSetBit(0); at >= 0; at = uses.nextSetBit(at + 1)) {
      Line use = scene.draft().line(at);
      State state = scene.analysis().before(use);
      if (state == null
          || Registers.isFixed(use.insn())
          || Registers.written(use.insn()).contains(dst)
          || state.register(src) == null
          || state.register(src) != state.register(dst)) {
        continue;
      }
      var renamed = Registers.renamed(use.insn(), r -> r.equals(dst) ? src : r, r -> r);
      if (use.refers()) {
        use.become(renamed, use.target());
      } else {
        use.become(renamed);
      }
      any = true;
    }
    return any;
  }

  /** The web that a use belongs to. */
  static @Nullable Web webOfUse(Scene scene, Line use, Reg reg) {
    Draft draft = scene.draft();
    for (int at = use.index() - 1; at >= 0; at--) {
      Line line = draft.line(at);
      if (Registers.written(line.insn()).contains(reg)) {
        Web web = Web.of(scene, line, reg);
        return web != null && web.uses().get(use.index()) ? web : null;
      }
    }
    return null;
  }
}
