package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.InitializedRegisters;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.InstructionList;

/**
 * Before each instruction of a function: the registers whose values may still be read. A backward
 * data-flow analysis. A call is taken to read all of r1 to r5.
 */
final class LiveRegisters {
  private static final int ARGUMENTS = 0b111110;

  private final InstructionList code;
  private final int start;
  private final int[] before;

  private LiveRegisters(InstructionList code, ControlFlow.Function function) {
    this.code = code;
    this.start = function.start();
    this.before = new int[function.end() - start];
  }

  /** Analyses a function. */
  static LiveRegisters of(InstructionList code, ControlFlow.Function function) {
    LiveRegisters live = new LiveRegisters(code, function);
    boolean changed;
    do {
      changed = false;
      for (int i = function.end() - 1; i >= function.start(); i--) {
        changed |= live.step(i);
      }
    } while (changed);
    return live;
  }

  /** Bits of the registers that are live before an instruction. */
  int before(int index) {
    return before[index - start];
  }

  private boolean step(int index) {
    Instruction insn = code.get(index);
    int after = 0;
    if (ControlFlow.fallsThrough(insn)) {
      after |= before(index + 1);
    }
    if (insn instanceof Jump || insn instanceof Branch) {
      after |= before(code.target(index));
    }
    int now = (after & ~InitializedRegisters.writes(insn)) | reads(insn);
    boolean changed = now != before(index);
    before[index - start] = now;
    return changed;
  }

  private static int reads(Instruction insn) {
    int reads = InitializedRegisters.reads(insn);
    return switch (insn) {
      case CallHelper _, CallLocal _, CallKernel _, CallRegister _ -> reads | ARGUMENTS;
      default -> reads;
    };
  }
}
