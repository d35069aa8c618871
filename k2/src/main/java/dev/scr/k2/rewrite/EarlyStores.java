package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.HelperEffect;
import dev.scr.k2.analysis.Region;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Constants that are stored to the context in any case are stored at once, where the context's
 * pointer still is where it came, so that it need not be kept over calls.
 */
final class EarlyStores implements Proposal {
  @Override
  public String name() {
    return "early-stores";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int at = from; at < draft.size(); at++) {
      if (draft.line(at).insn() instanceof Alu(Width width, AluOp op, Reg kept, Reg source)
          && width == Width.W64
          && op == AluOp.MOV
          && !source.equals(kept)
          && isContext(scene, draft.line(at), source)
          && moveStores(scene, draft.line(at), kept, source)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean isContext(Scene scene, Line line, Reg reg) {
    State state = scene.analysis().before(line);
    Term value = state == null ? null : state.register(reg);
    return value != null && value.region() instanceof Region.Context && value.offset() == 0;
  }

  /** Moves all stores through the copy that may be moved, and lets other users use the source. */
  private static boolean moveStores(Scene scene, Line copy, Reg kept, Reg source) {
    Draft draft = scene.draft();
    Web web = Web.of(scene, copy, kept);
    if (web == null) {
      return false;
    }
    List<Line> moved = new ArrayList<>();
    BitSet uses = web.uses();
    for (int at = uses.nextSetBit(0); at >= 0; at = uses.nextSetBit(at + 1)) {
      Line use = draft.line(at);
      if (use.insn() instanceof Store store && store.src() instanceof Imm) {
        // What is left behind must not be passed by what follows it.
        if (!mayMove(scene, copy, use, store, moved)) {
          return false;
        }
        moved.add(use);
      } else if (!holdsToo(scene, use, kept, source)) {
        return false;
      }
    }
    if (moved.isEmpty()) {
      return false;
    }
    for (int at = uses.nextSetBit(0); at >= 0; at = uses.nextSetBit(at + 1)) {
      Line use = draft.line(at);
      Instruction renamed = Registers.renamed(use.insn(), r -> r.equals(kept) ? source : r, r -> r);
      if (!moved.contains(use)) {
        use.become(renamed);
      }
    }
    List<Line> early = new ArrayList<>();
    for (Line line : moved) {
      early.add(new Line(Registers.renamed(line.insn(), r -> r.equals(kept) ? source : r, r -> r)));
    }
    int after = copy.index() + 1;
    moved.forEach(draft::delete);
    draft.lines().addAll(after, early);
    draft.delete(copy);
    return true;
  }

  /** Whether a user of the copy finds the same in the source. */
  private static boolean holdsToo(Scene scene, Line use, Reg kept, Reg source) {
    State state = scene.analysis().before(use);
    return state != null
        && !use.refers()
        && !Registers.isFixed(use.insn())
        && !Registers.written(use.insn()).contains(kept)
        && state.register(source) != null
        && state.register(source) == state.register(kept);
  }

  /**
   * Whether every path from the copy comes by the store once, and nothing on the way there can tell
   * whether it has been done.
   */
  private static boolean mayMove(
      Scene scene, Line copy, Line use, Store store, List<Line> alsoMoved) {
    Draft draft = scene.draft();
    BitSet seen = new BitSet();
    List<Line> open = new ArrayList<>(List.of(draft.line(copy.index() + 1)));
    while (!open.isEmpty()) {
      Line line = open.removeLast();
      if (line == use || seen.get(line.index())) {
        continue;
      }
      seen.set(line.index());
      if (line == copy
          || line.insn() instanceof Exit
          || (!alsoMoved.contains(line) && notices(scene, line, store))) {
        return false;
      }
      if (line.isJump()) {
        open.add(line.target());
      }
      if (line.fallsThrough()) {
        open.add(draft.line(line.index() + 1));
      }
    }
    return !reaches(draft, use, use) && !reaches(draft, use, copy);
  }

  private static boolean reaches(Draft draft, Line from, Line to) {
    BitSet seen = new BitSet();
    List<Line> open = new ArrayList<>(List.of(draft.line(from.index() + 1)));
    while (!open.isEmpty()) {
      Line line = open.removeLast();
      if (line == to) {
        return true;
      }
      if (seen.get(line.index())) {
        continue;
      }
      seen.set(line.index());
      if (line.isJump()) {
        open.add(line.target());
      }
      if (line.fallsThrough()) {
        open.add(draft.line(line.index() + 1));
      }
    }
    return false;
  }

  private static boolean notices(Scene scene, Line line, Store store) {
    State state = scene.analysis().before(line);
    if (state == null) {
      return false;
    }
    return switch (line.insn()) {
      case Load load -> touches(state, load.base(), load.offset(), load.size().bytes(), store);
      case Store other -> touches(state, other.base(), other.offset(), other.size().bytes(), store);
      case CallHelper(int helper) -> seesContext(state, HelperEffect.of(helper));
      case CallLocal _, CallKernel _, CallRegister _ -> true;
      default -> false;
    };
  }

  /** Whether a helper gets the context, or may do anything. */
  private static boolean seesContext(State state, HelperEffect effect) {
    if (!effect.isKnown()) {
      return true;
    }
    for (int r = 1; r <= effect.arguments(); r++) {
      Term value = state.registers(r);
      if (value == null
          || value.region() instanceof Region.Context
          || value.region() instanceof Region.Unknown) {
        return true;
      }
    }
    return false;
  }

  private static boolean touches(State state, Reg base, int offset, int bytes, Store store) {
    Term pointer = state.register(base);
    Region region = pointer == null ? null : pointer.region();
    if (pointer == null || region == null || region instanceof Region.Unknown) {
      return true;
    }
    if (!(region instanceof Region.Context)) {
      return false;
    }
    long from = pointer.offset() + offset;
    return from < store.offset() + store.size().bytes() && store.offset() < from + bytes;
  }
}
