package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.List;

/** Keeps a value in another register. Pays only together with what it makes possible. */
final class Renaming implements Proposal {
  @Override
  public String name() {
    return "renaming";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size() * (Reg.COUNT - 1);
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int possibility = from; possibility < possibilities(draft); possibility++) {
      Line line = draft.line(possibility / (Reg.COUNT - 1));
      Reg other = Reg.of(possibility % (Reg.COUNT - 1));
      List<Reg> written = Registers.written(line.insn());
      if (written.size() != 1 || written.getFirst().equals(other)) {
        continue;
      }
      Web web = Web.of(scene, line, written.getFirst());
      if (web != null && web.mayMoveTo(scene, other)) {
        web.moveTo(draft, other);
        return possibility;
      }
    }
    return -1;
  }
}
