package dev.scr.ebpf.isa;

import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Checks that no instruction reads a register that may not have been written: on every path, a read
 * comes after a write. A call leaves r1 to r5 unwritten. A function starts with r1 to r5 and r10;
 * the program itself with its arguments only.
 */
public final class InitializedRegisters {
  private static final int ARGUMENTS = 0b111110;
  private static final int FRAME_POINTER = 1 << 10;
  private static final int R0 = 1;
  private static final int ALL = (1 << Reg.COUNT) - 1;

  private final InstructionList code;

  /** By index: the registers that are written on all paths to the instruction. */
  private final int[] written;

  private final Deque<Integer> work = new ArrayDeque<>();

  private InitializedRegisters(InstructionList code) {
    this.code = code;
    this.written = new int[code.size()];
  }

  /**
   * Checks a program.
   *
   * @param arguments number of registers, from r1 on, that have a value at its start
   * @throws InvalidProgramException if a register may be read before it is written
   */
  public static void check(InstructionList code, ControlFlow flow, int arguments) {
    InitializedRegisters check = new InitializedRegisters(code);
    Arrays.fill(check.written, ALL);
    for (ControlFlow.Function function : flow.functions()) {
      int known = function.start() == 0 ? ((1 << arguments) - 1) << 1 : ARGUMENTS;
      check.written[function.start()] = known | FRAME_POINTER;
      check.work.push(function.start());
    }
    boolean[] seen = new boolean[code.size()];
    while (!check.work.isEmpty()) {
      int index = check.work.pop();
      seen[index] = true;
      check.step(index, seen);
    }
    for (int i = 0; i < code.size(); i++) {
      check.requireRead(i);
    }
  }

  /** Bits of the registers that an instruction reads. */
  public static int reads(Instruction insn) {
    return switch (insn) {
      case Alu alu -> bit(alu.src()) | (alu.op().readsDestination() ? bit(alu.dst()) : 0);
      case Swap swap -> bit(swap.dst());
      case Load load -> bit(load.base());
      case Store store -> bit(store.base()) | bit(store.src());
      case Atomic atomic ->
          bit(atomic.base()) | bit(atomic.src()) | (atomic.op() == AtomicOp.CMPXCHG ? R0 : 0);
      case LoadIndirect load -> bit(load.index());
      case Branch branch -> bit(branch.dst()) | bit(branch.src());
      case CallRegister call -> bit(call.helper());
      case Exit _ -> R0;
      case LoadWide _, LoadAbsolute _, Jump _, CallHelper _, CallLocal _, CallKernel _ -> 0;
    };
  }

  /** Bits of the registers that an instruction writes. */
  public static int writes(Instruction insn) {
    return switch (insn) {
      case Alu alu -> bit(alu.dst());
      case Swap swap -> bit(swap.dst());
      case Load load -> bit(load.dst());
      case LoadWide wide -> bit(wide.dst());
      case Atomic atomic -> atomic.op().fetches() ? bit(atomic.result()) : 0;
      case LoadAbsolute _, LoadIndirect _ -> R0;
      case CallHelper _, CallLocal _, CallKernel _, CallRegister _ -> R0;
      case Store _, Jump _, Branch _, Exit _ -> 0;
    };
  }

  private static int bit(Operand operand) {
    return operand instanceof Reg reg ? 1 << reg.number() : 0;
  }

  private static boolean calls(Instruction insn) {
    return insn instanceof CallHelper
        || insn instanceof CallLocal
        || insn instanceof CallKernel
        || insn instanceof CallRegister
        || insn instanceof LoadAbsolute
        || insn instanceof LoadIndirect;
  }

  private void step(int index, boolean[] seen) {
    Instruction insn = code.get(index);
    int after = (calls(insn) ? written[index] & ~ARGUMENTS : written[index]) | writes(insn);
    if (ControlFlow.fallsThrough(insn)) {
      flowTo(index + 1, after, seen);
    }
    if (insn instanceof Jump || insn instanceof Branch) {
      flowTo(code.target(index), after, seen);
    }
  }

  private void flowTo(int index, int registers, boolean[] seen) {
    int both = written[index] & registers;
    if (both != written[index] || !seen[index]) {
      written[index] = both;
      work.push(index);
    }
  }

  private void requireRead(int index) {
    int missing = reads(code.get(index)) & ~written[index];
    if (missing != 0) {
      Reg reg = Reg.of(Integer.numberOfTrailingZeros(missing));
      throw new InvalidProgramException(
          "insn "
              + code.slot(index)
              + " ("
              + code.get(index)
              + "): expected registers that were written, found "
              + reg
              + " without a value");
    }
  }
}
