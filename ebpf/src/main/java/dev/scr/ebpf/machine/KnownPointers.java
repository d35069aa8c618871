package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.isa.Imm;
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
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * For each access and call: does the pointer lead into the running function's own frame, and where,
 * or to a known place in global data? A forward data-flow analysis of one function after the other.
 *
 * <p>A frame is <em>private</em> if every access to it is at a known, naturally aligned place, and
 * no pointer into it gets to where it could be used otherwise: other memory, another function that
 * reads it, a callback. What is kept in a private frame can live in local variables ({@link
 * FrameCells}).
 *
 * <pre>
 *   pointer:  kind << 32 | offset     kind 0 no pointer into the frame   1 perhaps into the frame, nobody knows where
 *                                          2 frame: r10 + offset         3 + M value of map M + offset
 * </pre>
 */
final class KnownPointers {
  /** Does not point into the running function's frame. */
  static final long OTHER = 0;

  private static final long LOST = 1L << 32;
  private static final int FRAME = 2;
  private static final int FIRST_MAP = 3;

  /** r1 to r5. */
  private static final int ARGUMENTS = 0b111110;

  private static final int SLOTS = Environment.FRAME_BYTES / Long.BYTES;

  /** Larger functions keep their frames in memory: states would cost more than they save. */
  private static final int MAX_INSTRUCTIONS = 20_000;

  private final InstructionList code;
  private final ControlFlow flow;
  private final BitSet targets = new BitSet();
  private final long[] base;
  private final Map<Integer, long[]> arguments = new HashMap<>();
  private final Map<Integer, Integer> argumentsRead = new HashMap<>();
  private final BitSet exposed = new BitSet();

  /** By index of a jump's target: pointers of r0 to r10, then of the frame's 8-byte slots. */
  private final Map<Integer, long[]> before = new HashMap<>();

  private final Deque<Integer> work = new ArrayDeque<>();
  private int function;
  private boolean record;

  private KnownPointers(InstructionList code, ControlFlow flow) {
    this.code = code;
    this.flow = flow;
    this.base = new long[code.size()];
  }

  /** Analyses a program. */
  static KnownPointers of(InstructionList code, ControlFlow flow) {
    KnownPointers pointers = new KnownPointers(code, flow);
    for (int i = 0; i < code.size(); i++) {
      if (code.get(i) instanceof Jump || code.get(i) instanceof Branch) {
        pointers.targets.set(code.target(i));
      }
    }
    for (int f = 0; f < flow.functions().size(); f++) {
      pointers.function(f);
    }
    return pointers;
  }

  /** Whether all uses of a function's frame are known. */
  boolean isPrivate(int number) {
    return !exposed.get(number);
  }

  /** The base register of a load, store or atomic operation before it. */
  long base(int index) {
    return base[index];
  }

  /** A register before a helper call. */
  long argument(int index, Reg register) {
    long[] state = arguments.get(index);
    return state == null ? OTHER : state[register.number()];
  }

  static boolean isFrame(long pointer) {
    return pointer >>> 32 == FRAME;
  }

  /** Index of the map whose value the pointer leads to; −1 if it is no such pointer. */
  static int map(long pointer) {
    return (int) (pointer >>> 32) - FIRST_MAP < 0 ? -1 : (int) (pointer >>> 32) - FIRST_MAP;
  }

  /** Offset from r10, or in the map's value. */
  static int offset(long pointer) {
    return (int) pointer;
  }

  private static long pointer(int kind, int offset) {
    return (long) kind << 32 | (offset & 0xffff_ffffL);
  }

  /** Whether a helper call has an argument that leads into the frame, or may do so. */
  boolean passesFrame(int index) {
    long[] state = arguments.get(index);
    return state != null && passesFrame(state);
  }

  /** Whether the pointer leads into the frame, or may do so. */
  static boolean touchesFrame(long pointer) {
    return pointer == LOST || isFrame(pointer);
  }

  private void function(int number) {
    ControlFlow.Function bounds = flow.functions().get(number);
    function = number;
    if (bounds.end() - bounds.start() > MAX_INSTRUCTIONS) {
      exposed.set(number);
      return;
    }
    before.clear();
    long[] entry = new long[Reg.COUNT + SLOTS];
    entry[Reg.FP.number()] = pointer(FRAME, 0);
    record = false;
    flowTo(bounds.start(), entry);
    while (!work.isEmpty()) {
      int start = work.pop();
      walk(start, Objects.requireNonNull(before.get(start)));
    }
    record = true;
    before.forEach(this::walk);
  }

  /** Follows straight code until another block starts. */
  private void walk(int start, long[] entry) {
    long[] state = entry.clone();
    int index = start;
    boolean on;
    do {
      Instruction insn = code.get(index);
      transfer(index, insn, state);
      if (insn instanceof Jump || insn instanceof Branch) {
        flowTo(code.target(index), state);
      }
      on = ControlFlow.fallsThrough(insn);
      index++;
    } while (on && !targets.get(index));
    if (on) {
      flowTo(index, state);
    }
  }

  private void flowTo(int index, long[] state) {
    if (record) {
      return;
    }
    long[] old = before.get(index);
    if (old == null) {
      before.put(index, state.clone());
      work.push(index);
      return;
    }
    boolean changed = false;
    for (int i = 0; i < state.length; i++) {
      long joined = join(old[i], state[i]);
      changed |= joined != old[i];
      old[i] = joined;
    }
    if (changed) {
      work.push(index);
    }
  }

  private static long join(long a, long b) {
    if (a == b) {
      return a;
    }
    return touchesFrame(a) || touchesFrame(b) ? LOST : OTHER;
  }

  private void transfer(int index, Instruction insn, long[] state) {
    switch (insn) {
      case Alu alu -> state[alu.dst().number()] = alu(alu, state);
      case Swap swap -> state[swap.dst().number()] = lost(state[swap.dst().number()]);
      case Load load -> {
        long from = state[load.base().number()];
        access(index, from, load.offset(), load.size());
        state[load.dst().number()] = loaded(load, from, state);
      }
      case Store store -> {
        long to = state[store.base().number()];
        access(index, to, store.offset(), store.size());
        store(to, store, state);
      }
      case Atomic atomic -> {
        MemSize size = atomic.width() == Width.W64 ? MemSize.DW : MemSize.W;
        long to = state[atomic.base().number()];
        access(index, to, atomic.offset(), size);
        expose(touchesFrame(state[atomic.src().number()]));
        if (isFrame(to)) {
          overwrite(offset(to) + atomic.offset(), state);
        }
        if (atomic.op().fetches()) {
          state[atomic.result().number()] = OTHER;
        }
      }
      case LoadWide wide ->
          state[wide.dst().number()] =
              wide.source() == WideSource.MAP_INDEX_VALUE
                  ? pointer(FIRST_MAP + wide.imm(), wide.nextImm())
                  : OTHER;
      case LoadAbsolute _, LoadIndirect _ -> state[0] = OTHER;
      case CallHelper(int number) -> {
        helper(index, state);
        boolean callsBack = number == Helper.LOOP.number() || number == Helper.TAIL_CALL.number();
        expose(callsBack && passesFrame(state));
        state[0] = OTHER;
      }
      case CallLocal _ -> {
        expose(passesFrame(state, read(flow.functionAt(code.target(index)))));
        state[0] = OTHER;
      }
      case CallRegister _, CallKernel _ -> {
        expose(passesFrame(state));
        state[0] = OTHER;
      }
      case Exit _, Jump _, Branch _ -> {}
    }
  }

  private void helper(int index, long[] state) {
    if (record) {
      arguments.put(index, Arrays.copyOf(state, 6));
    }
  }

  /** The registers that a function reads before it writes them, as bits. */
  private int read(int callee) {
    return argumentsRead.computeIfAbsent(
        callee,
        number -> {
          ControlFlow.Function bounds = flow.functions().get(number);
          return LiveRegisters.of(code, bounds).before(bounds.start());
        });
  }

  private static boolean passesFrame(long[] state) {
    return passesFrame(state, ARGUMENTS);
  }

  private static boolean passesFrame(long[] state, int registers) {
    for (int r = 1; r <= 5; r++) {
      if ((registers >>> r & 1) != 0 && touchesFrame(state[r])) {
        return true;
      }
    }
    return false;
  }

  private void expose(boolean condition) {
    if (condition && record) {
      exposed.set(function);
    }
  }

  private void access(int index, long pointer, int offset, MemSize size) {
    if (!record) {
      return;
    }
    base[index] = pointer;
    expose(pointer == LOST);
    if (isFrame(pointer)) {
      int at = offset(pointer) + offset;
      boolean inFrame = at >= -Environment.FRAME_BYTES && at + size.bytes() <= 0;
      expose(!inFrame || (at & (size.bytes() - 1)) != 0);
    }
  }

  private static long lost(long pointer) {
    return touchesFrame(pointer) ? LOST : OTHER;
  }

  private static long alu(Alu alu, long[] state) {
    long source = alu.src() instanceof Reg reg ? state[reg.number()] : OTHER;
    long old = alu.op().readsDestination() ? state[alu.dst().number()] : OTHER;
    if (alu.width() == Width.W64) {
      if (alu.op() == AluOp.MOV) {
        return source;
      }
      if (alu.src() instanceof Imm(int value) && old != LOST && old != OTHER) {
        if (alu.op() == AluOp.ADD) {
          return pointer((int) (old >>> 32), offset(old) + value);
        }
        if (alu.op() == AluOp.SUB) {
          return pointer((int) (old >>> 32), offset(old) - value);
        }
      }
    }
    return touchesFrame(source) || touchesFrame(old) ? LOST : OTHER;
  }

  private static long loaded(Load load, long from, long[] state) {
    if (!isFrame(from)) {
      return OTHER;
    }
    int at = offset(from) + load.offset();
    return load.size() == MemSize.DW && inFrame(at) && (at & 7) == 0
        ? state[slot(at)]
        : lost(inFrame(at) ? state[slot(at)] : LOST);
  }

  private void store(long to, Store store, long[] state) {
    long stored = store.src() instanceof Reg reg ? state[reg.number()] : OTHER;
    if (!isFrame(to)) {
      expose(touchesFrame(stored));
      return;
    }
    int at = offset(to) + store.offset();
    overwrite(at, state);
    if (inFrame(at)) {
      state[slot(at)] = store.size() == MemSize.DW ? stored : lost(stored);
    }
  }

  /** A part of a slot changes: what was a pointer is one no more. */
  private static void overwrite(int at, long[] state) {
    if (inFrame(at)) {
      state[slot(at)] = lost(state[slot(at)]);
    }
  }

  private static boolean inFrame(int at) {
    return at >= -Environment.FRAME_BYTES && at < 0;
  }

  private static int slot(int at) {
    return Reg.COUNT + (at + Environment.FRAME_BYTES) / Long.BYTES;
  }
}
