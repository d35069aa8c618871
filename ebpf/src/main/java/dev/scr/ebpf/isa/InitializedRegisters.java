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
import java.util.BitSet;
import java.util.Deque;

/**
 * Checks that no instruction reads a register that may not have been written: on every path, a read
 * comes after a write. A call leaves r1 to r5 unwritten. A function starts with r1 to r5 and r10;
 * the program itself with its arguments only. The program and callbacks must return something;
 * another function need not (C's {@code void}), if nobody reads r0 behind its calls.
 */
public final class InitializedRegisters {
  private static final int ARGUMENTS = 0b111110;
  private static final int FRAME_POINTER = 1 << 10;
  private static final int R0 = 1;
  private static final int ALL = (1 << Reg.COUNT) - 1;

  private final InstructionList code;
  private final ControlFlow flow;

  /** Numbers of the functions that may end without a value in r0. */
  private final BitSet withoutResult;

  /** By index: the registers that are written on all paths to the instruction. */
  private final int[] written;

  private final Deque<Integer> work = new ArrayDeque<>();

  private InitializedRegisters(InstructionList code, ControlFlow flow, BitSet withoutResult) {
    this.code = code;
    this.flow = flow;
    this.withoutResult = withoutResult;
    this.written = new int[code.size()];
  }

  /**
   * Checks a program.
   *
   * @param arguments number of registers, from r1 on, that have a value at its start
   * @throws InvalidProgramException if a register may be read before it is written
   */
  public static void check(InstructionList code, ControlFlow flow, int arguments) {
    BitSet withoutResult = new BitSet();
    InitializedRegisters check;
    do {
      check = new InitializedRegisters(code, flow, withoutResult);
      check.flow(arguments);
    } while (check.findMoreWithoutResult());
    for (int i = 0; i < code.size(); i++) {
      check.requireRead(i);
    }
  }

  private void flow(int arguments) {
    Arrays.fill(written, ALL);
    for (ControlFlow.Function function : flow.functions()) {
      int known = function.start() == 0 ? ((1 << arguments) - 1) << 1 : ARGUMENTS;
      written[function.start()] = known | FRAME_POINTER;
      work.push(function.start());
    }
    boolean[] seen = new boolean[code.size()];
    while (!work.isEmpty()) {
      int index = work.pop();
      seen[index] = true;
      step(index, seen);
    }
  }

  private boolean findMoreWithoutResult() {
    int before = withoutResult.cardinality();
    for (int i = 0; i < code.size(); i++) {
      int function = flow.functionAt(i);
      boolean mayBeVoid = function != 0 && !flow.functions().get(function).callback();
      if (mayBeVoid && code.get(i) instanceof Exit && (written[i] & R0) == 0) {
        withoutResult.set(function);
      }
    }
    return withoutResult.cardinality() != before;
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
    if (insn instanceof CallLocal && withoutResult.get(flow.functionAt(code.target(index)))) {
      after &= ~R0;
    }
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
    Instruction insn = code.get(index);
    boolean isVoid = insn instanceof Exit && withoutResult.get(flow.functionAt(index));
    int missing = isVoid ? 0 : reads(insn) & ~written[index];
    if (missing != 0) {
      Reg reg = Reg.of(Integer.numberOfTrailingZeros(missing));
      throw new InvalidProgramException(
          "insn "
              + code.slot(index)
              + " ("
              + insn
              + "): expected registers that were written, found "
              + reg
              + " without a value");
    }
  }
}
