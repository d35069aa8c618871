package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;

/**
 * Two paths that end in the same instructions share them: the one jumps into the other. Each step
 * shares one instruction more.
 */
final class Tails implements Proposal {
  @Override
  public String name() {
    return "tail-merging";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size() * draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    int size = draft.size();
    for (int possibility = from; possibility < possibilities(draft); possibility++) {
      Line end = draft.line(possibility / size);
      if (!(end.insn() instanceof Jump || end.insn() instanceof Exit) || end.index() == 0) {
        possibility = (possibility / size + 1) * size - 1;
        continue;
      }
      Line other = draft.line(possibility % size);
      if (other != end && other.index() > 0 && merge(draft, end, other)) {
        return possibility;
      }
    }
    return -1;
  }

  /** Whether {@code end} and what follows {@code last} are the same place. */
  private static boolean merge(Draft draft, Line end, Line other) {
    Line last;
    if (end.insn() instanceof Exit && other.insn() instanceof Exit) {
      last = draft.line(other.index() - 1);
    } else if (end.insn() instanceof Jump && other.insn() instanceof Jump) {
      if (end.target() != other.target()) {
        return false;
      }
      last = draft.line(other.index() - 1);
    } else if (end.insn() instanceof Jump && end.target() == other) {
      last = draft.line(other.index() - 1);
    } else {
      return false;
    }
    Line mine = draft.line(end.index() - 1);
    if (mine == last
        || !last.fallsThrough()
        || last.isJump()
        || mine.refers()
        || last.refers()
        || !mine.insn().equals(last.insn())) {
      return false;
    }
    end.become(new Jump(false, 0), last);
    draft.delete(mine);
    return true;
  }
}
