package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where several paths meet to return a value, each path that knows its value returns it itself:
 * paths with the same constant share one exit, and nobody carries the value there.
 */
final class ReturnFolding implements Proposal {
  @Override
  public String name() {
    return "return-folding";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int at = from; at + 1 < draft.size(); at++) {
      Line move = draft.line(at);
      if (move.insn() instanceof Alu(Width _, AluOp op, Reg dst, Reg src)
          && op == AluOp.MOV
          && dst.equals(Reg.R0)
          && draft.line(at + 1).insn() instanceof Exit
          && split(scene, move, src)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean split(Scene scene, Line move, Reg src) {
    Draft draft = scene.draft();
    Map<Long, List<Line>> jumps = new LinkedHashMap<>();
    for (Line line : draft.lines()) {
      if (line.isJump() && line.target() == move) {
        Long constant = constantAt(scene, line, src);
        if (constant != null && constant == (int) (long) constant) {
          jumps.computeIfAbsent(constant, _ -> new ArrayList<>()).add(line);
        }
      }
    }
    Line previous = move.index() == 0 ? null : draft.line(move.index() - 1);
    Long falling =
        previous != null && previous.fallsThrough() ? constantAfter(scene, previous, src) : null;
    if (jumps.isEmpty() && falling == null) {
      return false;
    }
    if (falling != null && falling == (int) (long) falling) {
      // Those who come from above return their constant and share with jumps that agree.
      Line first = new Line(new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm((int) (long) falling)));
      draft.lines().add(move.index(), first);
      draft.lines().add(move.index() + 1, new Line(new Exit()));
      jumps.getOrDefault(falling, List.of()).forEach(jump -> jump.retarget(first));
      jumps.remove(falling);
    }
    for (Map.Entry<Long, List<Line>> group : jumps.entrySet()) {
      Line first =
          new Line(new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm((int) (long) group.getKey())));
      draft.lines().add(first);
      draft.lines().add(new Line(new Exit()));
      group.getValue().forEach(jump -> jump.retarget(first));
    }
    draft.renumber();
    return true;
  }

  private static @Nullable Long constantAt(Scene scene, Line jump, Reg src) {
    State state = scene.analysis().before(jump);
    if (state == null || !(jump.insn() instanceof Jump || jump.insn() instanceof Branch)) {
      return null;
    }
    Term value = state.register(src);
    return value == null ? null : state.constant(value);
  }

  private static @Nullable Long constantAfter(Scene scene, Line previous, Reg src) {
    State state = scene.analysis().before(previous);
    if (state == null) {
      return null;
    }
    if (src.equals(Recompute.onlyWrites(previous.insn()))) {
      Term value = Recompute.value(scene, state, previous.insn());
      return value == null ? null : state.constant(value);
    }
    if (Registers.written(previous.insn()).contains(src)) {
      return null;
    }
    Term value = state.register(src);
    return value == null ? null : state.constant(value);
  }
}
