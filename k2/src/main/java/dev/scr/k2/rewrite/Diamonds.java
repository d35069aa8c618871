package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.Optional;

/**
 * Where a branch only chooses between two constants and an operation uses the choice, the operation
 * is done on the side where it changes something: {@code r2 = 1; if c goto L; r2 = 0; L: r1 += r2}
 * becomes {@code if !c goto L; r1 += 1; L:}.
 */
final class Diamonds implements Proposal {
  @Override
  public String name() {
    return "diamonds";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int at = from; at + 2 < draft.size(); at++) {
      Line branch = draft.line(at);
      if (branch.insn() instanceof Branch && fold(scene, branch)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean fold(Scene scene, Line branch) {
    Draft draft = scene.draft();
    Line move = draft.line(branch.index() + 1);
    Line use = draft.line(branch.index() + 2);
    if (branch.target() != use
        || scene.analysis().isLeader(move)
        || !(move.insn()
            instanceof Alu(Width moveWidth, AluOp moveOp, Reg choice, Imm(int falling)))
        || moveOp != AluOp.MOV
        || moveWidth != Width.W64
        || !(use.insn() instanceof Alu(Width width, AluOp op, Reg dst, Reg src))
        || !src.equals(choice)
        || dst.equals(choice)
        || entries(draft, use) != 2
        || scene.liveness().neededAfter(use, choice) != 0) {
      return false;
    }
    State before = scene.analysis().before(branch);
    Term jumping = before == null ? null : before.register(choice);
    Long other = before == null || jumping == null ? null : before.constant(jumping);
    if (other == null || other != (int) (long) other || width != Width.W64) {
      return false;
    }
    if (isNeutral(op, falling)) {
      return onJump(scene, branch, move, use, new Alu(width, op, dst, new Imm((int) (long) other)));
    }
    if (isNeutral(op, other)) {
      move.become(new Alu(width, op, dst, new Imm(falling)));
      branch.retarget(draft.line(use.index() + 1));
      draft.delete(use);
      return true;
    }
    return false;
  }

  private static boolean onJump(Scene scene, Line branch, Line move, Line use, Alu operation) {
    Branch old = (Branch) branch.insn();
    Optional<JmpOp> opposite = Jumps.opposite(old.op());
    if (opposite.isEmpty() || !scene.options().has(opposite.get())) {
      return false;
    }
    Draft draft = scene.draft();
    Line after = draft.line(use.index() + 1);
    branch.become(new Branch(old.width(), opposite.get(), old.dst(), old.src(), (short) 0), after);
    move.become(operation);
    draft.delete(use);
    return true;
  }

  private static boolean isNeutral(AluOp op, long operand) {
    return switch (op) {
      case ADD, SUB, OR, XOR, LSH, RSH, ARSH -> operand == 0;
      case AND -> operand == -1;
      case MUL, DIV -> operand == 1;
      default -> false;
    };
  }

  private static int entries(Draft draft, Line target) {
    int entries = 1;
    for (Line line : draft.lines()) {
      if (line.refers() && line.target() == target) {
        entries++;
      }
    }
    return entries;
  }
}
