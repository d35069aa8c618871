package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.code.Line;
import java.util.List;
import java.util.Optional;

/** Registers whose value nobody needs. */
final class Scratch {
  private Scratch() {}

  /**
   * A register that may be overwritten just before a line although the line itself is replaced:
   * nothing after the line needs it. Those preferred come first, then r1 to r5, r0.
   */
  static Optional<Reg> after(Scene scene, Line line, List<Reg> preferred) {
    for (Reg reg : preferred) {
      if (isFree(scene, line, reg)) {
        return Optional.of(reg);
      }
    }
    for (int r : new int[] {5, 4, 3, 2, 1, 0}) {
      if (isFree(scene, line, Reg.of(r)) && !Registers.read(line.insn()).contains(Reg.of(r))) {
        return Optional.of(Reg.of(r));
      }
    }
    return Optional.empty();
  }

  private static boolean isFree(Scene scene, Line line, Reg reg) {
    return !reg.equals(Reg.FP) && scene.liveness().neededAfter(line, reg) == 0;
  }
}
