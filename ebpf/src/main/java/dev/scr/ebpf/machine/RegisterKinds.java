package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Instruction;
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
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * For each instruction and register: is it the context pointer, a known map, or neither? A forward
 * data-flow analysis over all functions. The compiler uses it to translate context accesses, as the
 * kernel's verifier does, and to specialize map calls.
 *
 * <p>A context pointer may be spilled to the stack. Slots of 8 bytes that may hold one are tracked
 * if every such store is relative to r10; else every pointer read from memory may be one.
 */
final class RegisterKinds {
  /** Neither context nor map. */
  static final int OTHER = 0;

  /** The context pointer. */
  static final int CONTEXT = 1;

  /** Perhaps the context pointer. */
  static final int MAYBE_CONTEXT = 2;

  private static final int FIRST_MAP = 16;
  private static final int STACK_SLOTS = 11;

  private final InstructionList code;
  private final ControlFlow flow;

  /**
   * By index: kinds of r0 to r10 before the instruction, then the two halves of the set of stack
   * slots.
   */
  private final int[] @Nullable [] before;

  private final Deque<Integer> work = new ArrayDeque<>();
  private boolean escapes;

  private RegisterKinds(InstructionList code, ControlFlow flow) {
    this.code = code;
    this.flow = flow;
    this.before = new int[code.size()][];
  }

  /** Analyses a program whose r1 is the context pointer at its start, if {@code hasContext}. */
  static RegisterKinds of(InstructionList code, ControlFlow flow, boolean hasContext) {
    RegisterKinds kinds = new RegisterKinds(code, flow);
    boolean known;
    do {
      known = kinds.escapes;
      kinds.run(hasContext);
    } while (kinds.escapes != known);
    return kinds;
  }

  /** What a register is before the instruction at an index. */
  int kind(int index, Reg reg) {
    int[] state = before[index];
    return state == null ? OTHER : state[reg.number()];
  }

  /** Index of the map that a register is before an instruction; −1 if it is not known to be one. */
  int map(int index, Reg reg) {
    int kind = kind(index, reg);
    return kind >= FIRST_MAP ? kind - FIRST_MAP : -1;
  }

  private void run(boolean hasContext) {
    Arrays.fill(before, null);
    int[] entry = new int[Reg.COUNT + 2];
    entry[1] = hasContext ? CONTEXT : OTHER;
    flowTo(0, entry);
    for (ControlFlow.Function function : flow.functions()) {
      if (function.callback()) {
        int[] arguments = new int[Reg.COUNT + 2];
        Arrays.fill(arguments, 1, 6, escapes ? MAYBE_CONTEXT : OTHER);
        flowTo(function.start(), arguments);
      }
    }
    while (!work.isEmpty()) {
      step(work.pop());
    }
  }

  private void flowTo(int index, int[] state) {
    int[] old = before[index];
    if (old == null) {
      before[index] = state.clone();
      work.push(index);
      return;
    }
    boolean changed = false;
    for (int i = 0; i < state.length; i++) {
      int joined = i < Reg.COUNT ? join(old[i], state[i]) : old[i] | state[i];
      changed |= joined != old[i];
      old[i] = joined;
    }
    if (changed) {
      work.push(index);
    }
  }

  private static int join(int a, int b) {
    if (a == b) {
      return a;
    }
    return mayBeContext(a) || mayBeContext(b) ? MAYBE_CONTEXT : OTHER;
  }

  private static boolean mayBeContext(int kind) {
    return kind == CONTEXT || kind == MAYBE_CONTEXT;
  }

  private void step(int index) {
    int[] found = before[index];
    if (found == null) {
      return;
    }
    int[] state = found.clone();
    Instruction insn = code.get(index);
    transfer(index, insn, state);
    if (ControlFlow.fallsThrough(insn)) {
      flowTo(index + 1, state);
    }
    if (insn instanceof Jump || insn instanceof Branch) {
      flowTo(code.target(index), state);
    }
  }

  private void transfer(int index, Instruction insn, int[] state) {
    switch (insn) {
      case Alu alu -> state[alu.dst().number()] = alu(alu, state);
      case Swap swap -> state[swap.dst().number()] = OTHER;
      case Load load -> state[load.dst().number()] = loaded(load, state);
      case Store store -> store(store, state);
      case Atomic atomic -> {
        escapes |= mayBeContext(state[atomic.src().number()]);
        if (atomic.op().fetches()) {
          state[atomic.result().number()] = escapes ? MAYBE_CONTEXT : OTHER;
        }
      }
      case LoadWide wide ->
          state[wide.dst().number()] =
              wide.source() == WideSource.MAP_INDEX ? FIRST_MAP + wide.imm() : OTHER;
      case LoadAbsolute _, LoadIndirect _ -> state[0] = OTHER;
      case CallHelper _, CallKernel _, CallRegister _ -> state[0] = OTHER;
      case CallLocal _ -> {
        call(code.target(index), state);
        state[0] = escapes ? MAYBE_CONTEXT : OTHER;
      }
      case Exit _ -> escapes |= flow.functionAt(index) != 0 && mayBeContext(state[0]);
      case Jump _, Branch _ -> {}
    }
  }

  private void call(int target, int[] state) {
    int[] arguments = new int[Reg.COUNT + 2];
    System.arraycopy(state, 1, arguments, 1, 5);
    flowTo(target, arguments);
  }

  private static int alu(Alu alu, int[] state) {
    int source = kind(alu.src(), state);
    if (alu.width() == Width.W32) {
      return OTHER;
    }
    if (alu.op() == AluOp.MOV) {
      return source;
    }
    boolean touchesContext =
        mayBeContext(source)
            || (alu.op().readsDestination() && mayBeContext(state[alu.dst().number()]));
    return touchesContext ? MAYBE_CONTEXT : OTHER;
  }

  private int loaded(Load load, int[] state) {
    if (load.size() != MemSize.DW) {
      return OTHER;
    }
    if (load.base().equals(Reg.FP)) {
      return slot(load.offset(), state) || escapes ? MAYBE_CONTEXT : OTHER;
    }
    return escapes ? MAYBE_CONTEXT : OTHER;
  }

  private void store(Store store, int[] state) {
    boolean context = mayBeContext(kind(store.src(), state));
    boolean tracked =
        store.base().equals(Reg.FP) && store.offset() < 0 && (store.offset() & 7) == 0;
    if (tracked && store.size() == MemSize.DW) {
      int bit = -store.offset() / 8 - 1;
      if (bit < 64) {
        int mask = 1 << (bit & 31);
        int half = STACK_SLOTS + bit / 32;
        state[half] = context ? state[half] | mask : state[half] & ~mask;
        // Other functions may get a pointer to this frame.
        escapes |= context && flow.functions().size() > 1;
        return;
      }
    }
    escapes |= context && store.size() == MemSize.DW;
  }

  private static boolean slot(short offset, int[] state) {
    if (offset >= 0 || (offset & 7) != 0 || offset < -512) {
      return false;
    }
    int bit = -offset / 8 - 1;
    return (state[STACK_SLOTS + bit / 32] >>> (bit & 31) & 1) != 0;
  }

  private static int kind(Operand operand, int[] state) {
    return operand instanceof Reg reg ? state[reg.number()] : OTHER;
  }
}
