package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Arithmetic;

/**
 * Finds the instructions that provide something that a candidate still lacks, from what is wanted:
 * operands are compared with the goal, constants solved for. Owned by one thread.
 */
final class Closing {
  private static final Arithmetic ARITHMETIC = Arithmetic.GENERATED;

  /** Goes on with a step; true ends the enumeration. */
  interface Taker {
    boolean take(int depth, int left, Step step);
  }

  private final Layout layout;
  private final TargetFeatures target;
  private final StepMenu menu;
  private final ColumnStates states;
  private final MemorySteps memorySteps;
  private final ColumnGoal goal;
  private final StepBudget budget;
  private final int columns;
  private final Taker taker;

  Closing(
      Layout layout,
      TargetFeatures target,
      StepMenu menu,
      ColumnStates states,
      MemorySteps memorySteps,
      ColumnGoal goal,
      StepBudget budget,
      int columns,
      Taker taker) {
    this.layout = layout;
    this.target = target;
    this.menu = menu;
    this.states = states;
    this.memorySteps = memorySteps;
    this.goal = goal;
    this.budget = budget;
    this.columns = columns;
    this.taker = taker;
  }

  /**
   * Tries every instruction that provides a register or a store.
   *
   * @param mustUse registers that the instruction has to read
   */
  boolean close(int depth, int left, int mustUse) {
    int rest = states.wrongRegisters(depth);
    while (rest != 0 && !budget.isExhausted()) {
      int r = Integer.numberOfTrailingZeros(rest);
      rest &= rest - 1;
      if (new Wanted(depth, left, r).close(mustUse)) {
        return true;
      }
    }
    if (!states.lacksStores(depth)) {
      return false;
    }
    for (MemoryPlace place : menu.stores()) {
      if (budget.isExhausted()) {
        return false;
      }
      if (closeStore(depth, left, place)) {
        return true;
      }
    }
    return false;
  }

  /** A register that does not have what is needed of it. */
  private final class Wanted {
    private final int depth;
    private final int left;
    private final int register;
    private final long[] wanted;
    private final long[] now;
    private final long mask;

    Wanted(int depth, int left, int register) {
      this.depth = depth;
      this.left = left;
      this.register = register;
      this.wanted = goal.of(register);
      this.now = states.values(depth, register);
      this.mask = layout.liveBits(register);
    }

    boolean close(int mustUse) {
      boolean readsAll = (mustUse & ~(1 << register)) == 0;
      return byConstant()
          || byTwoRegisters(mustUse)
          || (readsAll && states.places(depth).scalar(register) && bySolving())
          || (mustUse == 0 && byLoad());
    }

    private boolean take(Step step) {
      return taker.take(depth, left, step);
    }

    private boolean byConstant() {
      for (int t = 1; t < columns; t++) {
        if (((wanted[t] ^ wanted[0]) & mask) != 0) {
          return false;
        }
      }
      long value = wanted[0] & mask;
      if (mask == -1 && value == (int) value) {
        return take(constant(Width.W64, AluOp.MOV, value));
      }
      // Perhaps a sign-extended constant has the needed bits.
      long narrow = (int) wanted[0];
      if (((narrow ^ wanted[0]) & mask) == 0) {
        return take(constant(Width.W64, AluOp.MOV, narrow));
      }
      if ((((narrow & 0xffff_ffffL) ^ wanted[0]) & mask) == 0 && target.arithmetic32()) {
        return take(constant(Width.W32, AluOp.MOV, narrow));
      }
      return take(Step.of(LoadWide.constant(Reg.of(register), wanted[0]), layout));
    }

    private Step constant(Width width, AluOp op, long imm) {
      return Step.of(new Alu(width, op, Reg.of(register), new Imm((int) imm)), layout);
    }

    private boolean byTwoRegisters(int mustUse) {
      Places here = states.places(depth);
      for (Alu form : menu.ofTwoRegisters()) {
        int row = Arithmetic.row(form.op(), form.width());
        boolean reads = form.op().readsDestination();
        if (reads && !here.usable(register)) {
          continue;
        }
        for (int s = 0; s < Reg.COUNT; s++) {
          int used = 1 << s | (reads ? 1 << register : 0);
          if ((mustUse & ~used) != 0 || !here.usable(s)) {
            continue;
          }
          if (gives(row, states.values(depth, s))) {
            Alu insn = new Alu(form.width(), form.op(), Reg.of(register), Reg.of(s));
            if (take(Step.of(insn, layout))) {
              return true;
            }
          }
        }
      }
      return false;
    }

    private boolean gives(int row, long[] operand) {
      budget.spend();
      for (int t = 0; t < columns; t++) {
        if (((ARITHMETIC.alu(row, now[t], operand[t]) ^ wanted[t]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }

    private boolean bySolving() {
      for (Width width : menu.widths()) {
        for (AluOp op : menu.operations()) {
          if (op != AluOp.MOV && !op.signExtends() && solve(width, op)) {
            return true;
          }
        }
      }
      for (SwapOp op : menu.swaps()) {
        Step step = Step.of(new Swap(op, Reg.of(register)), layout);
        if (gives(step) && take(step)) {
          return true;
        }
      }
      return false;
    }

    private boolean gives(Step step) {
      budget.spend();
      long[] column = new long[columns];
      return states.evaluate(depth, step, column) && goal.agree(column, wanted, mask);
    }

    /** Finds the constant with which the operation gives the goal. */
    private boolean solve(Width width, AluOp op) {
      return switch (op) {
        case LSH, RSH, ARSH -> solveShift(width, op);
        case ADD -> tryConstant(width, op, wanted[0] - now[0]);
        case XOR -> tryConstant(width, op, wanted[0] ^ now[0]);
        case AND -> {
          // A bit that is one in no goal may be zero; the sign stands for the upper half.
          long ones = 0;
          for (int t = 0; t < columns; t++) {
            ones |= wanted[t] & now[t] & mask;
          }
          yield tryConstant(width, op, ones)
              || tryConstant(width, op, ones | 0xffff_ffff_8000_0000L);
        }
        case OR -> {
          long ones = 0;
          for (int t = 0; t < columns; t++) {
            ones |= wanted[t] & ~now[t] & mask;
          }
          yield tryConstant(width, op, ones);
        }
        case NEG -> tryConstant(width, op, 0);
        default -> solveFromMenu(Arithmetic.row(op, width));
      };
    }

    private boolean solveShift(Width width, AluOp op) {
      for (int amount = 1; amount < width.bits(); amount++) {
        if (tryConstant(width, op, amount)) {
          return true;
        }
      }
      return false;
    }

    private boolean solveFromMenu(int row) {
      for (Step step : menu.steps()) {
        if (step.kind == Step.Kind.ALU_CONSTANT
            && step.row == row
            && step.dst == register
            && gives(row, step.imm)
            && take(step)) {
          return true;
        }
      }
      return false;
    }

    private boolean tryConstant(Width width, AluOp op, long value) {
      long narrow = (int) value;
      return gives(Arithmetic.row(op, width), narrow) && take(constant(width, op, narrow));
    }

    private boolean gives(int row, long constant) {
      budget.spend();
      for (int t = 0; t < columns; t++) {
        if (((ARITHMETIC.alu(row, now[t], constant) ^ wanted[t]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }

    private boolean byLoad() {
      for (MemoryPlace place : menu.loads()) {
        int base = memorySteps.baseFor(depth, place.region());
        if (base < 0) {
          continue;
        }
        boolean canExtend = target.extensions() && place.bytes() < Long.BYTES;
        for (int signed = 0; signed < (canExtend ? 2 : 1); signed++) {
          if (!isLoadedFrom(place, signed == 1)) {
            continue;
          }
          Step step = memorySteps.load(depth, place, register, base, signed == 1);
          if (step != null && take(step)) {
            return true;
          }
        }
      }
      return false;
    }

    private boolean isLoadedFrom(MemoryPlace place, boolean signed) {
      budget.spend();
      int size = layout.size(place.region());
      int at = place.at() - layout.low(place.region());
      byte[] from = states.memory(depth, place.region());
      int unused = signed ? Long.SIZE - Byte.SIZE * place.bytes() : 0;
      for (int t = 0; t < columns; t++) {
        long value = Machine.load(from, t * size + at, place.bytes()) << unused >> unused;
        if (((value ^ wanted[t]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  private boolean closeStore(int depth, int left, MemoryPlace place) {
    if (!goal.isWrong(states.memory(depth, place.region()), place)) {
      return false;
    }
    int base = memorySteps.baseFor(depth, place.region());
    if (base < 0) {
      return false;
    }
    int offset = place.at() - states.places(depth).offset(base);
    return MemorySteps.reaches(offset)
        && new LackedStore(depth, left, place, Reg.of(base), (short) offset).close();
  }

  /** A place with wrong bytes, and how to address it. */
  private final class LackedStore {
    private final int depth;
    private final int left;
    private final MemoryPlace place;
    private final Reg base;
    private final short offset;
    private final int size;
    private final int first;
    private final byte[] wanted;

    LackedStore(int depth, int left, MemoryPlace place, Reg base, short offset) {
      this.depth = depth;
      this.left = left;
      this.place = place;
      this.base = base;
      this.offset = offset;
      this.size = layout.size(place.region());
      this.first = place.at() - layout.low(place.region());
      this.wanted = goal.ofRegion(place.region());
    }

    boolean close() {
      return (target.storeImmediate() && byConstant())
          || byRegister()
          || (target.atomicAdd() && place.bytes() >= Integer.BYTES && byAddition());
    }

    private boolean byRegister() {
      for (int s = 0; s < Reg.COUNT; s++) {
        if (states.places(depth).usable(s) && isMetBy(states.values(depth, s))) {
          Store insn = new Store(MemSize.ofBytes(place.bytes()), base, offset, Reg.of(s));
          if (taker.take(depth, left, Step.of(insn, layout))) {
            return true;
          }
        }
      }
      return false;
    }

    private boolean isMetBy(long[] column) {
      budget.spend();
      return goal.isMetByStoring(column, place);
    }

    private boolean byConstant() {
      boolean[] live = layout.live(place.region());
      long value = 0;
      long known = 0;
      for (int b = 0; b < place.bytes(); b++) {
        if (!live[first + b]) {
          continue;
        }
        for (int t = 1; t < columns; t++) {
          if (wanted[t * size + first + b] != wanted[first + b]) {
            return false;
          }
        }
        value |= (wanted[first + b] & 0xffL) << (8 * b);
        known |= 0xffL << (8 * b);
      }
      long narrow = (int) value;
      if (((narrow ^ value) & known) != 0) {
        return false;
      }
      Store insn = new Store(MemSize.ofBytes(place.bytes()), base, offset, new Imm((int) narrow));
      return taker.take(depth, left, Step.of(insn, layout));
    }

    private boolean byAddition() {
      for (int s = 0; s < Reg.COUNT; s++) {
        if (states.places(depth).scalar(s) && isMetByAdding(states.values(depth, s))) {
          Width width = place.bytes() == Long.BYTES ? Width.W64 : Width.W32;
          Atomic insn = new Atomic(width, AtomicOp.ADD, base, offset, Reg.of(s));
          if (taker.take(depth, left, Step.of(insn, layout))) {
            return true;
          }
        }
      }
      return false;
    }

    private boolean isMetByAdding(long[] column) {
      byte[] now = states.memory(depth, place.region());
      long mask = place.bytes() == Long.BYTES ? -1 : 0xffff_ffffL;
      for (int t = 0; t < columns; t++) {
        int at = t * size + first;
        long missing =
            Machine.load(wanted, at, place.bytes()) - Machine.load(now, at, place.bytes());
        if (((column[t] - missing) & mask) != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
