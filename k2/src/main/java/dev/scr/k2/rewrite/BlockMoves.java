package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves code so that a jump becomes a fall: what is jumped to behind the jump, or the piece that
 * ends in the jump before what it jumps to.
 */
final class BlockMoves implements Proposal {
  @Override
  public String name() {
    return "block-moves";
  }

  @Override
  public int possibilities(Draft draft) {
    return 2 * draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int possibility = from; possibility < possibilities(draft); possibility++) {
      Line jump = draft.line(possibility / 2);
      if (jump.insn() instanceof Jump
          && (possibility % 2 == 0 ? bringTarget(draft, jump) : bringJump(draft, jump))) {
        return possibility;
      }
    }
    return -1;
  }

  private static boolean bringTarget(Draft draft, Line jump) {
    int start = jump.target().index();
    if (start == 0 || draft.line(start - 1).fallsThrough() || isStart(draft, jump.target())) {
      return false;
    }
    int end = start;
    while (draft.line(end).fallsThrough()) {
      end++;
    }
    if (jump.index() >= start && jump.index() <= end) {
      return false;
    }
    move(draft, start, end + 1, jump.index() + 1);
    return true;
  }

  private static boolean bringJump(Draft draft, Line jump) {
    int before = jump.target().index();
    if (before == 0 || draft.line(before - 1).fallsThrough()) {
      return false;
    }
    int start = jump.index();
    while (start > 0 && draft.line(start - 1).fallsThrough()) {
      start--;
    }
    if (start == 0 || (before >= start && before <= jump.index()) || anyStart(draft, start, jump)) {
      return false;
    }
    move(draft, start, jump.index() + 1, before);
    return true;
  }

  private static boolean anyStart(Draft draft, int from, Line to) {
    return draft.starts().stream()
        .anyMatch(start -> start.index() >= from && start.index() <= to.index());
  }

  private static boolean isStart(Draft draft, Line line) {
    return draft.starts().contains(line);
  }

  private static void move(Draft draft, int from, int to, int before) {
    List<Line> lines = draft.lines();
    List<Line> piece = new ArrayList<>(lines.subList(from, to));
    Line anchor = before < lines.size() ? lines.get(before) : null;
    lines.subList(from, to).clear();
    int at = anchor == null ? lines.size() : lines.indexOf(anchor);
    lines.addAll(at, piece);
    draft.renumber();
  }
}
