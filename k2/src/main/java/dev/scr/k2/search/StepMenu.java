package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.proof.Region;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What an enumeration chooses from for a window: operations that it has or that often replace them,
 * its registers and up to two others, its constants, and places near those that it accesses.
 * Immutable after its construction.
 */
final class StepMenu {
  private static final Set<AluOp> SHIFTS = EnumSet.of(AluOp.LSH, AluOp.RSH, AluOp.ARSH);
  private static final int MOST_TEMPORARIES = 2;

  private final Layout layout;
  private final TargetFeatures target;
  private final Set<AluOp> operations = EnumSet.noneOf(AluOp.class);
  private final Set<SwapOp> swaps = EnumSet.noneOf(SwapOp.class);
  private final int[] temporaries;
  private final int[] registers;
  private final List<Step> steps = new ArrayList<>();
  private final List<Alu> ofTwoRegisters = new ArrayList<>();
  private final List<MemoryPlace> loads = new ArrayList<>();
  private final List<MemoryPlace> stores = new ArrayList<>();

  StepMenu(Layout layout, TargetFeatures target) {
    this.layout = layout;
    this.target = target;
    List<Instruction> code = layout.window().code();
    int[] used = registersOf(code);
    this.temporaries = temporariesBeside(used);
    this.registers = IntStream.concat(Arrays.stream(used), Arrays.stream(temporaries)).toArray();
    chooseOperations(code);
    chooseForms();
    choosePlaces();
    chooseSteps(new Constants(code));
  }

  /** Instructions that compute on registers and constants. */
  List<Step> steps() {
    return steps;
  }

  /** Forms of operations on two registers; R0 stands for both. */
  List<Alu> ofTwoRegisters() {
    return ofTwoRegisters;
  }

  List<MemoryPlace> loads() {
    return loads;
  }

  List<MemoryPlace> stores() {
    return stores;
  }

  Set<AluOp> operations() {
    return operations;
  }

  Set<SwapOp> swaps() {
    return swaps;
  }

  /** Registers that may be written. */
  int[] registers() {
    return registers;
  }

  /** Registers outside of the window that nobody needs afterwards; each is as good as the other. */
  int[] temporaries() {
    return temporaries;
  }

  List<Width> widths() {
    return target.arithmetic32() ? List.of(Width.W64, Width.W32) : List.of(Width.W64);
  }

  private int[] registersOf(List<Instruction> code) {
    TreeSet<Integer> used = new TreeSet<>();
    for (Instruction insn : code) {
      Step step = Step.of(insn, layout);
      if (step.dst >= 0) {
        used.add(step.dst);
      }
      for (int r = 0; r < 10; r++) {
        if ((step.reads >> r & 1) != 0) {
          used.add(r);
        }
      }
    }
    return used.stream().mapToInt(Integer::intValue).toArray();
  }

  private int[] temporariesBeside(int[] used) {
    return IntStream.range(0, 10)
        .filter(r -> layout.liveBits(r) == 0 && Arrays.binarySearch(used, r) < 0)
        .limit(MOST_TEMPORARIES)
        .toArray();
  }

  private void chooseOperations(List<Instruction> code) {
    operations.addAll(List.of(AluOp.MOV, AluOp.ADD, AluOp.SUB, AluOp.AND, AluOp.OR, AluOp.XOR));
    operations.addAll(SHIFTS);
    if (target.extensions()) {
      operations.addAll(List.of(AluOp.MOVSX8, AluOp.MOVSX16, AluOp.MOVSX32));
    }
    for (Instruction insn : code) {
      if (insn instanceof Alu alu) {
        operations.add(alu.op());
      } else if (insn instanceof Swap swap) {
        swaps.add(swap.op());
      }
    }
    if (code.stream().anyMatch(i -> i instanceof Alu a && SHIFTS.contains(a.op()))) {
      swaps.addAll(List.of(SwapOp.BE16, SwapOp.BE32, SwapOp.BE64, SwapOp.LE16, SwapOp.LE32));
    }
  }

  private void chooseForms() {
    for (AluOp op : operations) {
      for (Width width : widths()) {
        if (op != AluOp.NEG && op.accepts(width, Reg.R0)) {
          Alu form = new Alu(width, op, Reg.R0, Reg.R0);
          // Plain moves first: of two solutions they are the easier one to read and to run.
          ofTwoRegisters.add(op == AluOp.MOV ? 0 : ofTwoRegisters.size(), form);
        }
      }
    }
  }

  /** Within what the original touches, or a word around it. */
  private void choosePlaces() {
    for (int region = 0; region < layout.regionCount(); region++) {
      Hull read = Hull.of(layout, region, false);
      Hull written = Hull.of(layout, region, true);
      for (int bytes : new int[] {8, 4, 2, 1}) {
        for (int at = read.from(); at + bytes <= read.to(); at++) {
          if (mayLoad(region, at, bytes)) {
            loads.add(new MemoryPlace(region, at, bytes));
          }
        }
        for (int at = written.from() - 7; at + bytes <= written.to() + 7; at++) {
          if (mayStore(region, at, bytes) && at + bytes > written.from() && at < written.to()) {
            stores.add(new MemoryPlace(region, at, bytes));
          }
        }
      }
    }
  }

  private boolean mayLoad(int region, int at, int bytes) {
    boolean context = layout.regions().get(region).kind() == Region.Kind.CONTEXT;
    return layout.aligned(region, at, bytes, target)
        && (!context || layout.originalAccesses(region, at, bytes, false));
  }

  private boolean mayStore(int region, int at, int bytes) {
    return layout.aligned(region, at, bytes, target)
        && at >= layout.low(region)
        && at + bytes <= layout.low(region) + layout.size(region);
  }

  /** From the first to behind the last byte that the original reads or writes; empty if none. */
  private record Hull(int from, int to) {
    static Hull of(Layout layout, int region, boolean store) {
      int from = Integer.MAX_VALUE;
      int to = Integer.MIN_VALUE;
      for (int[] access : layout.accesses()) {
        if (access[0] == region && access[3] == (store ? 1 : 0)) {
          from = Math.min(from, access[1]);
          to = Math.max(to, access[1] + access[2]);
        }
      }
      return from > to ? new Hull(0, 0) : new Hull(from, to);
    }
  }

  private void chooseSteps(Constants constants) {
    for (int d : registers) {
      Reg dst = Reg.of(d);
      for (AluOp op : operations) {
        for (Width width : widths()) {
          chooseArithmetic(op, width, dst, constants);
        }
      }
      for (SwapOp op : swaps) {
        choose(new Swap(op, dst));
      }
    }
  }

  private void chooseArithmetic(AluOp op, Width width, Reg dst, Constants constants) {
    if (op == AluOp.NEG) {
      choose(new Alu(width, op, dst, Imm.ZERO));
      return;
    }
    for (int s : registers) {
      boolean nothing = s == dst.number() && op == AluOp.MOV && width == Width.W64;
      if (!nothing && op.accepts(width, Reg.of(s))) {
        choose(new Alu(width, op, dst, Reg.of(s)));
      }
    }
    if (op == AluOp.SUB || !op.accepts(width, Imm.ZERO)) {
      return;
    }
    for (int value : constants.of(op)) {
      boolean tooFar = SHIFTS.contains(op) && value >= width.bits();
      if (!tooFar && !(op == AluOp.MOV && width == Width.W32 && value >= 0)) {
        choose(new Alu(width, op, dst, new Imm(value)));
      }
    }
  }

  private void choose(Instruction insn) {
    steps.add(Step.of(insn, layout));
  }
}
