package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.AtomicOp;
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
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.HelperEffect.Span;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What is still needed after every line: for each register the bits that may matter, and the bytes
 * of the stack that may be read. A backward data-flow analysis in which an instruction whose result
 * is not needed needs nothing. Memory other than the stack is always needed. Valid until the draft
 * is changed. Owned by one thread.
 */
public final class Liveness {
  /** Bytes of a frame. */
  public static final int STACK_BYTES = 512;

  private static final long LOW_32 = 0xffff_ffffL;

  private final Draft draft;
  private final Analysis analysis;
  private final long[][] registersBefore;
  private final BitSet[] stackBefore;

  private Liveness(Draft draft, Analysis analysis) {
    this.draft = draft;
    this.analysis = analysis;
    int size = draft.size();
    registersBefore = new long[size][Reg.COUNT];
    stackBefore = new BitSet[size];
    Arrays.setAll(stackBefore, _ -> new BitSet(STACK_BYTES));
  }

  /** Analyses a draft of which the forward analysis is given. */
  public static Liveness of(Draft draft, Analysis analysis) {
    Liveness liveness = new Liveness(draft, analysis);
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int at = draft.size() - 1; at >= 0; at--) {
        changed |= liveness.update(draft.line(at));
      }
    }
    return liveness;
  }

  /** Bits of a register that are needed before a line. */
  public long neededBefore(Line line, Reg reg) {
    return registersBefore[line.index()][reg.number()];
  }

  /** Bits of a register that are needed after a line. */
  public long neededAfter(Line line, Reg reg) {
    return after(line)[reg.number()];
  }

  /**
   * Whether any byte of the stack from {@code offset} (counted from r10, negative) on may be read
   * after a line.
   */
  public boolean stackNeededAfter(Line line, long offset, int bytes) {
    BitSet needed = stackAfter(line);
    int from = (int) offset + STACK_BYTES;
    if (from < 0 || from + bytes > STACK_BYTES) {
      return true;
    }
    int next = needed.nextSetBit(from);
    return next >= 0 && next < from + bytes;
  }

  /** Whether the byte of the stack at {@code offset} from r10 may be read from a line on. */
  public boolean stackNeededBefore(Line line, long offset) {
    return offset >= -STACK_BYTES
        && offset < 0
        && stackBefore[line.index()].get((int) offset + STACK_BYTES);
  }

  /** Whether the line has no effect that is needed, so that it may go. */
  public boolean isDead(Line line) {
    return isDead(line, after(line), stackAfter(line));
  }

  private long[] after(Line line) {
    long[] after = new long[Reg.COUNT];
    int at = line.index();
    if (line.isJump()) {
      merge(after, registersBefore[line.target().index()]);
    }
    if (line.fallsThrough() && at + 1 < draft.size()) {
      merge(after, registersBefore[at + 1]);
    }
    return after;
  }

  private BitSet stackAfter(Line line) {
    BitSet after = new BitSet(STACK_BYTES);
    int at = line.index();
    if (line.isJump()) {
      after.or(stackBefore[line.target().index()]);
    }
    if (line.fallsThrough() && at + 1 < draft.size()) {
      after.or(stackBefore[at + 1]);
    }
    return after;
  }

  private static void merge(long[] into, long[] from) {
    for (int r = 0; r < into.length; r++) {
      into[r] |= from[r];
    }
  }

  private boolean update(Line line) {
    long[] needed = after(line);
    BitSet stack = stackAfter(line);
    State state = analysis.before(line);
    if (state != null && !isDead(line, needed, stack)) {
      new Transfer(needed, stack, state).apply(line.insn());
    }
    int at = line.index();
    boolean same = Arrays.equals(needed, registersBefore[at]) && stack.equals(stackBefore[at]);
    registersBefore[at] = needed;
    stackBefore[at] = stack;
    return !same;
  }

  private boolean isDead(Line line, long[] needed, BitSet stack) {
    return switch (line.insn()) {
      case Alu alu -> needed[alu.dst().number()] == 0;
      case Swap swap -> needed[swap.dst().number()] == 0;
      case Load load -> needed[load.dst().number()] == 0;
      case LoadWide wide -> needed[wide.dst().number()] == 0;
      case Store store -> {
        State state = analysis.before(line);
        Term base = state == null ? null : state.register(store.base());
        if (base == null || base.base() != analysis.framePointer()) {
          yield false;
        }
        int from = (int) (base.offset() + store.offset()) + STACK_BYTES;
        if (from < 0 || from + store.size().bytes() > STACK_BYTES) {
          yield false;
        }
        int next = stack.nextSetBit(from);
        yield next < 0 || next >= from + store.size().bytes();
      }
      default -> false;
    };
  }

  /** Goes backwards over one instruction. */
  private final class Transfer {
    private final long[] needed;
    private final BitSet stack;
    private final State state;

    Transfer(long[] needed, BitSet stack, State state) {
      this.needed = needed;
      this.stack = stack;
      this.state = state;
    }

    void apply(Instruction insn) {
      switch (insn) {
        case Alu alu -> alu(alu);
        case Swap(var op, Reg dst) ->
            needed[dst.number()] = op.bits() == 64 ? -1 : (1L << op.bits()) - 1;
        case Load(var size, boolean _, Reg dst, Reg base, short offset) -> {
          needed[dst.number()] = 0;
          need(base, -1);
          readMemory(state.register(base), offset, size.bytes());
        }
        case LoadWide wide -> needed[wide.dst().number()] = 0;
        case Store(var size, Reg base, short offset, var src) -> {
          overwrite(state.register(base), offset, size.bytes());
          need(base, -1);
          if (src instanceof Reg reg) {
            need(reg, size.bits() == 64 ? -1 : (1L << size.bits()) - 1);
          }
        }
        case Atomic atomic -> atomic(atomic);
        case LoadAbsolute _ -> {
          killCallRegisters();
          need(Reg.of(6), -1);
        }
        case LoadIndirect(var _, Reg index, int _) -> {
          killCallRegisters();
          need(Reg.of(6), -1);
          need(index, LOW_32);
        }
        case Jump _ -> {}
        case Branch branch -> branch(branch);
        case CallHelper(int helper) -> call(HelperEffect.of(helper));
        case CallLocal _, CallKernel _ -> callAnything();
        case CallRegister(Reg helper) -> {
          callAnything();
          need(helper, -1);
        }
        case Exit() -> need(Reg.R0, -1);
      }
    }

    private void need(Reg reg, long bits) {
      needed[reg.number()] |= bits;
    }

    private void killCallRegisters() {
      Arrays.fill(needed, 0, 6, 0);
    }

    private void alu(Alu alu) {
      long all = alu.width() == Width.W32 ? LOW_32 : -1;
      int d = alu.dst().number();
      long wanted = needed[d] & all;
      needed[d] = 0;
      @Nullable Long imm = alu.src() instanceof Imm(int value) ? (Long) (value & all) : null;
      long dst = ofDestination(alu, wanted, all, imm);
      long src = ofSource(alu, wanted, all);
      if (alu.op().readsDestination()) {
        needed[d] |= readable(dst);
      }
      if (alu.src() instanceof Reg reg) {
        need(reg, readable(src));
      }
    }

    /** A register that an instruction reads must have a value, even if no bit of it matters. */
    private static long readable(long bits) {
      return bits == 0 ? 1 : bits;
    }

    private static long upTo(long bits) {
      return bits == 0 ? 0 : -1L >>> Long.numberOfLeadingZeros(bits);
    }

    private static long ofDestination(Alu alu, long wanted, long all, @Nullable Long imm) {
      if (wanted == 0) {
        // Only the upper half is wanted, and that is zero whatever the operands are.
        return 0;
      }
      int shift = imm == null ? 0 : (int) (imm & (alu.width().bits() - 1));
      return switch (alu.op()) {
        case ADD, SUB, MUL, NEG -> upTo(wanted);
        case AND -> imm == null ? wanted : wanted & imm;
        case OR -> imm == null ? wanted : wanted & ~imm;
        case XOR -> wanted;
        case LSH -> imm == null ? all : wanted >>> shift;
        case RSH -> imm == null ? all : wanted << shift & all;
        case ARSH -> {
          long sign = alu.width() == Width.W32 ? 1L << 31 : 1L << 63;
          boolean copies = imm != null && (wanted & ~(all >>> shift)) != 0;
          yield imm == null ? all : (wanted << shift & all) | (copies ? sign : 0);
        }
        case DIV, SDIV, MOD, SMOD -> all;
        case MOV, MOVSX8, MOVSX16, MOVSX32 -> 0;
      };
    }

    private static long ofSource(Alu alu, long wanted, long all) {
      if (wanted == 0) {
        return 0;
      }
      return switch (alu.op()) {
        case ADD, SUB, MUL -> upTo(wanted);
        case AND, OR, XOR, MOV -> wanted;
        case LSH, RSH, ARSH -> alu.width().bits() - 1;
        case DIV, SDIV, MOD, SMOD -> all;
        case NEG -> 0;
        case MOVSX8 -> extended(wanted, 8);
        case MOVSX16 -> extended(wanted, 16);
        case MOVSX32 -> extended(wanted, 32);
      };
    }

    private static long extended(long wanted, int bits) {
      long low = (1L << bits) - 1;
      return (wanted & low) | ((wanted & ~low) != 0 ? 1L << (bits - 1) : 0);
    }

    private void atomic(Atomic atomic) {
      long all = atomic.width() == Width.W32 ? LOW_32 : -1;
      if (atomic.op().fetches()) {
        needed[atomic.result().number()] = 0;
      }
      need(atomic.base(), -1);
      need(atomic.src(), all);
      if (atomic.op() == AtomicOp.CMPXCHG) {
        need(Reg.R0, all);
      }
      readMemory(state.register(atomic.base()), atomic.offset(), atomic.width().bits() / 8);
    }

    private void branch(Branch branch) {
      long all = branch.width() == Width.W32 ? LOW_32 : -1;
      if (branch.op() == JmpOp.JSET && branch.src() instanceof Imm(int value)) {
        all &= value;
      }
      need(branch.dst(), all);
      if (branch.src() instanceof Reg reg) {
        need(reg, all);
      }
    }

    private void call(HelperEffect effect) {
      if (!effect.isKnown()) {
        callAnything();
        return;
      }
      killCallRegisters();
      for (int r = 1; r <= effect.arguments(); r++) {
        need(Reg.of(r), -1);
      }
      int map = state.mapIn(Reg.R1);
      for (Span span : effect.touches()) {
        long length = span.bytes(state, draft.maps(), map);
        readMemory(
            state.register(Reg.of(span.register())), 0, length < 0 ? STACK_BYTES : (int) length);
      }
    }

    private void callAnything() {
      killCallRegisters();
      for (int r = 1; r <= 5; r++) {
        if (state.register(Reg.of(r)) != null) {
          need(Reg.of(r), -1);
        }
      }
      stack.set(0, STACK_BYTES);
    }

    private void readMemory(@Nullable Term base, long offset, int bytes) {
      Region region = base == null ? null : base.region();
      boolean other =
          region != null
              && !(region instanceof Region.Stack)
              && !(region instanceof Region.Unknown && analysis.stackEscapes());
      if (other) {
        return;
      }
      if (base == null || base.base() != analysis.framePointer()) {
        stack.set(0, STACK_BYTES);
        return;
      }
      long from = base.offset() + offset + STACK_BYTES;
      stack.set(Math.clamp(from, 0, STACK_BYTES), Math.clamp(from + bytes, 0, STACK_BYTES));
    }

    private void overwrite(@Nullable Term base, long offset, int bytes) {
      if (base == null || base.base() != analysis.framePointer()) {
        return;
      }
      long from = base.offset() + offset + STACK_BYTES;
      if (from >= 0 && from + bytes <= STACK_BYTES) {
        stack.clear((int) from, (int) from + bytes);
      }
    }
  }
}
