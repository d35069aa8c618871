package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lines that share one value of a register: all definitions that reach a use, all uses that a
 * definition reaches, and the lines between. Another register can take the place of this one if the
 * web has no fixed ends and the other register is free all along.
 *
 * @param reg that holds the value
 * @param definitions lines that write it
 * @param uses lines that read it
 * @param live lines before which it is live
 * @param fixed whether a call, an exit or the entry fixes the register
 */
record Web(Reg reg, BitSet definitions, BitSet uses, BitSet live, boolean fixed) {

  /** The web that a line begins or goes on with; null if it does not write the register. */
  static @Nullable Web of(Scene scene, Line definition, Reg reg) {
    if (!Registers.written(definition.insn()).contains(reg)) {
      return null;
    }
    Search search = new Search(scene.draft(), reg);
    search.fromDefinition(definition.index());
    return search.web();
  }

  /** Walks over the control flow. */
  private static final class Search {
    private final Draft draft;
    private final Reg reg;
    private final List<List<Integer>> predecessors = new ArrayList<>();
    private final BitSet definitions = new BitSet();
    private final BitSet uses = new BitSet();
    private final BitSet live = new BitSet();
    private boolean fixed;

    Search(Draft draft, Reg reg) {
      this.draft = draft;
      this.reg = reg;
      for (int i = 0; i < draft.size(); i++) {
        predecessors.add(new ArrayList<>(2));
      }
      for (Line line : draft.lines()) {
        if (line.isJump()) {
          predecessors.get(line.target().index()).add(line.index());
        }
        if (line.fallsThrough() && line.index() + 1 < draft.size()) {
          predecessors.get(line.index() + 1).add(line.index());
        }
      }
    }

    Web web() {
      return new Web(reg, definitions, uses, live, fixed);
    }

    void fromDefinition(int at) {
      if (definitions.get(at)) {
        return;
      }
      definitions.set(at);
      Instruction insn = draft.line(at).insn();
      fixed |= Registers.isFixed(insn);
      if (isUpdate(insn)) {
        fromUse(at);
      }
      BitSet seen = new BitSet();
      Deque<Integer> work = new ArrayDeque<>(successors(at));
      while (!work.isEmpty()) {
        int next = work.pop();
        if (seen.get(next)) {
          continue;
        }
        seen.set(next);
        Instruction other = draft.line(next).insn();
        if (Registers.read(other).contains(reg)) {
          fromUse(next);
        }
        if (!Registers.written(other).contains(reg)) {
          work.addAll(successors(next));
        }
      }
    }

    private void fromUse(int at) {
      if (uses.get(at)) {
        return;
      }
      uses.set(at);
      Instruction insn = draft.line(at).insn();
      fixed |= Registers.isFixed(insn);
      if (isUpdate(insn)) {
        fromDefinition(at);
      }
      Deque<Integer> work = new ArrayDeque<>();
      work.push(at);
      while (!work.isEmpty()) {
        int here = work.pop();
        if (live.get(here) && here != at) {
          continue;
        }
        live.set(here);
        if (isStart(here)) {
          fixed = true;
        }
        for (int before : predecessors.get(here)) {
          if (Registers.written(draft.line(before).insn()).contains(reg)) {
            fromDefinition(before);
          } else if (!live.get(before)) {
            work.push(before);
          }
        }
      }
    }

    private boolean isStart(int at) {
      return draft.starts().stream().anyMatch(start -> start.index() == at);
    }

    /** Whether the instruction reads and writes the register in one field. */
    private boolean isUpdate(Instruction insn) {
      return Registers.written(insn).contains(reg)
          && switch (insn) {
            case Instruction.Alu alu -> alu.op().readsDestination();
            case Instruction.Swap _ -> true;
            case Instruction.Atomic atomic -> atomic.op().fetches();
            default -> false;
          };
    }

    private List<Integer> successors(int at) {
      Line line = draft.line(at);
      List<Integer> successors = new ArrayList<>(2);
      if (line.isJump()) {
        successors.add(line.target().index());
      }
      if (line.fallsThrough() && at + 1 < draft.size()) {
        successors.add(at + 1);
      }
      return successors;
    }
  }

  /** Whether another register could hold the value all along. */
  boolean mayMoveTo(Scene scene, Reg other) {
    if (fixed || other.equals(reg) || other.equals(Reg.FP)) {
      return false;
    }
    Draft draft = scene.draft();
    for (int at = definitions.nextSetBit(0); at >= 0; at = definitions.nextSetBit(at + 1)) {
      if (scene.liveness().neededAfter(draft.line(at), other) != 0) {
        return false;
      }
    }
    for (int at = live.nextSetBit(0); at >= 0; at = live.nextSetBit(at + 1)) {
      Line line = draft.line(at);
      if (scene.liveness().neededBefore(line, other) != 0
          || (liveAfter(draft, at) && Registers.written(line.insn()).contains(other))) {
        return false;
      }
    }
    return true;
  }

  private boolean liveAfter(Draft draft, int at) {
    Line line = draft.line(at);
    return (line.isJump() && live.get(line.target().index()))
        || (line.fallsThrough() && live.get(at + 1));
  }

  /** Gives the value to another register. */
  void moveTo(Draft draft, Reg other) {
    BitSet touched = new BitSet();
    touched.or(definitions);
    touched.or(uses);
    for (int at = touched.nextSetBit(0); at >= 0; at = touched.nextSetBit(at + 1)) {
      Line line = draft.line(at);
      boolean defines = definitions.get(at);
      boolean reads = uses.get(at);
      Instruction renamed =
          Registers.renamed(
              line.insn(),
              r -> reads && r.equals(reg) ? other : r,
              r -> defines && r.equals(reg) ? other : r);
      if (line.refers()) {
        line.become(renamed, line.target());
      } else {
        line.become(renamed);
      }
    }
  }
}
