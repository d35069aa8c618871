package dev.scr.k2.code;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.InstructionList;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/** Whether control can come to an instruction again. */
public final class Loops {
  private Loops() {}

  /** Whether a function of the code has a loop; calls do not count, since they do not come back. */
  public static boolean any(InstructionList code) {
    BitSet seen = new BitSet();
    BitSet open = new BitSet();
    Deque<Integer> path = new ArrayDeque<>();
    for (int start = 0; start < code.size(); start++) {
      path.push(start);
      while (!path.isEmpty()) {
        int at = path.pop();
        if (at < 0) {
          open.clear(~at);
          continue;
        }
        if (seen.get(at)) {
          continue;
        }
        seen.set(at);
        open.set(at);
        path.push(~at);
        Instruction insn = code.get(at);
        boolean jumps = insn instanceof Jump || insn instanceof Branch;
        if (jumps && open.get(code.target(at))) {
          return true;
        }
        if (jumps) {
          path.push(code.target(at));
        }
        if (!(insn instanceof Jump || insn instanceof Exit) && at + 1 < code.size()) {
          if (open.get(at + 1)) {
            return true;
          }
          path.push(at + 1);
        }
      }
    }
    return false;
  }
}
