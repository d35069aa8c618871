package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.BitSet;
import java.util.Optional;

/**
 * Tidies jumps: to a jump, to the next line, around a jump; a jump to an exit is an exit; code that
 * no jump and no line before leads to goes.
 */
final class Jumps implements Rewrite {
  @Override
  public String name() {
    return "jumps";
  }

  @Override
  public int apply(Scene scene) {
    int total = 0;
    for (int changes = once(scene); changes > 0; changes = once(scene)) {
      total += changes;
    }
    if (total > 0) {
      scene.changed();
    }
    return total;
  }

  /** The comparison that holds when this one does not. */
  static Optional<JmpOp> opposite(JmpOp op) {
    return switch (op) {
      case JEQ -> Optional.of(JmpOp.JNE);
      case JNE -> Optional.of(JmpOp.JEQ);
      case JGT -> Optional.of(JmpOp.JLE);
      case JLE -> Optional.of(JmpOp.JGT);
      case JGE -> Optional.of(JmpOp.JLT);
      case JLT -> Optional.of(JmpOp.JGE);
      case JSGT -> Optional.of(JmpOp.JSLE);
      case JSLE -> Optional.of(JmpOp.JSGT);
      case JSGE -> Optional.of(JmpOp.JSLT);
      case JSLT -> Optional.of(JmpOp.JSGE);
      case JSET -> Optional.empty();
    };
  }

  private static int once(Scene scene) {
    Draft draft = scene.draft();
    draft.renumber();
    int changes = unreachable(draft);
    for (int at = 0; at < draft.size(); at++) {
      Line line = draft.line(at);
      if (!line.isJump()) {
        continue;
      }
      Line end = end(line.target());
      if (end != line.target()) {
        line.retarget(end);
        changes++;
      }
      if (line.target().index() == at + 1) {
        draft.delete(line);
        return changes + 1;
      }
      if (line.insn() instanceof Jump && line.target().insn() instanceof Exit) {
        line.become(new Exit());
        changes++;
      } else if (line.insn() instanceof Branch branch && aroundJump(draft, line)) {
        Optional<JmpOp> opposite = opposite(branch.op());
        if (opposite.isPresent() && scene.options().has(opposite.get())) {
          Line jump = draft.line(at + 1);
          line.become(
              new Branch(branch.width(), opposite.get(), branch.dst(), branch.src(), (short) 0),
              jump.target());
          draft.delete(jump);
          return changes + 1;
        }
      }
    }
    return changes;
  }

  private static Line end(Line target) {
    Line end = target;
    for (int hops = 0; hops < 8 && end.insn() instanceof Jump; hops++) {
      end = end.target();
    }
    return end;
  }

  private static boolean aroundJump(Draft draft, Line branch) {
    int at = branch.index();
    return at + 2 < draft.size()
        && draft.line(at + 1).insn() instanceof Jump
        && branch.target().index() == at + 2
        && !draft.leaders().get(at + 1);
  }

  private static int unreachable(Draft draft) {
    BitSet reached = new BitSet(draft.size());
    int[] work = new int[draft.size() * 2 + draft.starts().size() + 2];
    int top = 0;
    for (Line start : draft.starts()) {
      work[top++] = start.index();
    }
    while (top > 0) {
      int at = work[--top];
      if (at >= draft.size() || reached.get(at)) {
        continue;
      }
      reached.set(at);
      Line line = draft.line(at);
      if (line.fallsThrough()) {
        work[top++] = at + 1;
      }
      if (line.isJump()) {
        work[top++] = line.target().index();
      }
    }
    BitSet dead = new BitSet(draft.size());
    dead.set(0, draft.size());
    dead.andNot(reached);
    int count = dead.cardinality();
    draft.deleteAll(dead);
    return count;
  }
}
