package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;

/**
 * Deletes a check for null after a look-up that always finds something, for a verifier that knows
 * it as well: newer ones do where a constant index of an array lies on the stack.
 */
final class NullChecks implements Proposal {
  @Override
  public String name() {
    return "null-checks";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    if (!scene.options().elidesNullChecks()) {
      return -1;
    }
    Draft draft = scene.draft();
    for (int at = from; at < draft.size(); at++) {
      Line check = draft.line(at);
      if (check.insn() instanceof Branch branch && NeverNull.isCheck(scene, check, branch)) {
        if (branch.op() == JmpOp.JEQ) {
          draft.delete(check);
        } else {
          check.become(new Jump(false, 0), check.target());
        }
        return at;
      }
    }
    return -1;
  }
}
