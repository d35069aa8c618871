package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.List;

/**
 * A window in a draft: lines of one block, perhaps with others between them, which can be moved in
 * front of it or behind it.
 *
 * @param window what may be replaced
 * @param from first line of the piece of the draft that a replacement rewrites
 * @param to line behind the piece
 * @param earlier lines of the piece that come in front of the window
 * @param later lines of the piece that come behind the window
 */
public record WindowSite(
    Window window, int from, int to, List<Integer> earlier, List<Integer> later) {
  /** Copies the lists. */
  public WindowSite {
    earlier = List.copyOf(earlier);
    later = List.copyOf(later);
  }

  /** Whether replacing one makes the other one meaningless. */
  public boolean overlaps(WindowSite other) {
    return from < other.to && other.from < to;
  }

  /** Puts code in the window's place. */
  public void replace(Draft draft, List<Instruction> code) {
    List<Line> lines = new ArrayList<>();
    earlier.forEach(at -> lines.add(draft.line(at)));
    code.forEach(insn -> lines.add(new Line(insn)));
    later.forEach(at -> lines.add(draft.line(at)));
    draft.replace(from, to, lines);
  }
}
