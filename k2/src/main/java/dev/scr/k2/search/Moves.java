package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The six proposals of K2's search (SIGCOMM'21, section 3.1). As in K2, constants and offsets are
 * those of the window; registers are those of the window and those that nobody needs after it. Null
 * stands for no instruction. Owned by one thread.
 */
final class Moves {
  private static final MemSize[] SIZES = MemSize.values();
  private static final Width[] WIDTHS = Width.values();
  private static final SwapOp[] SWAPS = {
    SwapOp.BE16, SwapOp.BE32, SwapOp.BE64, SwapOp.LE16, SwapOp.LE32
  };

  private final TargetFeatures target;
  private final StochasticSettings settings;
  private final SplittableRandom random;
  private final int[] destinations;
  private final int[] sources;
  private final int[] constants;
  private final int[] offsets;
  private final List<AluOp> operations = new ArrayList<>();

  Moves(
      Layout layout, TargetFeatures target, StochasticSettings settings, SplittableRandom random) {
    this.target = target;
    this.settings = settings;
    this.random = random;
    TreeSet<Integer> read = new TreeSet<>();
    TreeSet<Integer> values = new TreeSet<>();
    TreeSet<Integer> places = new TreeSet<>();
    for (Instruction insn : layout.window().code()) {
      Step step = Step.of(insn, layout);
      for (int r = 0; r < Reg.COUNT; r++) {
        if (r == step.dst || (step.reads >> r & 1) != 0) {
          read.add(r);
        }
      }
      if (step.kind == Step.Kind.ALU_CONSTANT || step.kind == Step.Kind.STORE_CONSTANT) {
        values.add((int) step.imm);
      }
      if (step.accessesMemory()) {
        places.add(step.offset);
      }
    }
    for (int r = 0; r < 10; r++) {
      if (layout.liveBits(r) == 0) {
        read.add(r);
      }
    }
    sources = ints(read);
    read.remove(10);
    destinations = ints(read);
    values.add(0);
    constants = ints(values);
    places.add(0);
    offsets = ints(places);
    for (AluOp op : AluOp.values()) {
      if (!op.signExtends() || target.extensions()) {
        operations.add(op);
      }
    }
  }

  private static int[] ints(Set<Integer> set) {
    return set.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Changes code by one proposal. */
  void propose(@Nullable Instruction[] code) {
    double drawn = random.nextDouble();
    int at = random.nextInt(code.length);
    if ((drawn -= settings.instruction()) < 0) {
      code[at] = instruction();
    } else if ((drawn -= settings.operand()) < 0) {
      operand(code, at);
    } else if ((drawn -= settings.nothing()) < 0) {
      code[at] = null;
    } else if ((drawn -= settings.memoryAndOperand()) < 0) {
      memory(code, true);
    } else if ((drawn -= settings.memoryWidth()) < 0) {
      memory(code, false);
    } else {
      code[at] = instruction();
      if (at + 1 < code.length) {
        code[at + 1] = instruction();
      }
    }
  }

  /** Any instruction; a memory access one time in three. */
  private Instruction instruction() {
    return random.nextInt(3) == 0 ? access() : arithmetic();
  }

  private Instruction arithmetic() {
    int which = random.nextInt(operations.size() + 1);
    if (which == operations.size()) {
      return new Swap(SWAPS[random.nextInt(SWAPS.length)], dst());
    }
    AluOp op = operations.get(which);
    Width width = target.arithmetic32() ? WIDTHS[random.nextInt(2)] : Width.W64;
    Operand src = op == AluOp.NEG ? Imm.ZERO : random.nextBoolean() ? src() : constant();
    return op.accepts(width, src)
        ? new Alu(width, op, dst(), src)
        : new Alu(Width.W64, op, dst(), src());
  }

  private Instruction access() {
    return switch (random.nextInt(target.atomicAdd() ? 4 : 3)) {
      case 0 -> new Load(size(), false, dst(), src(), offset());
      case 1 -> new Store(size(), src(), offset(), src());
      case 2 ->
          target.storeImmediate()
              ? new Store(size(), src(), offset(), constant())
              : new Store(size(), src(), offset(), src());
      default -> new Atomic(WIDTHS[random.nextInt(2)], AtomicOp.ADD, src(), offset(), src());
    };
  }

  private MemSize size() {
    return SIZES[random.nextInt(SIZES.length)];
  }

  private Reg dst() {
    return Reg.of(destinations[random.nextInt(destinations.length)]);
  }

  private Reg src() {
    return Reg.of(sources[random.nextInt(sources.length)]);
  }

  private Imm constant() {
    return new Imm(constants[random.nextInt(constants.length)]);
  }

  private short offset() {
    return (short) offsets[random.nextInt(offsets.length)];
  }

  /** Changes one operand. */
  private void operand(@Nullable Instruction[] code, int at) {
    Instruction insn = code[at];
    if (insn == null) {
      return;
    }
    code[at] =
        switch (insn) {
          case Alu alu when alu.op() == AluOp.NEG ->
              new Alu(alu.width(), alu.op(), dst(), Imm.ZERO);
          case Alu alu ->
              random.nextBoolean()
                  ? new Alu(alu.width(), alu.op(), dst(), alu.src())
                  : new Alu(alu.width(), alu.op(), alu.dst(), other(alu.src()));
          case Swap swap -> new Swap(swap.op(), dst());
          case Load load ->
              switch (random.nextInt(3)) {
                case 0 -> new Load(load.size(), load.signed(), dst(), load.base(), load.offset());
                case 1 -> new Load(load.size(), load.signed(), load.dst(), src(), load.offset());
                default -> new Load(load.size(), load.signed(), load.dst(), load.base(), offset());
              };
          case Store store ->
              switch (random.nextInt(3)) {
                case 0 -> new Store(store.size(), src(), store.offset(), store.src());
                case 1 -> new Store(store.size(), store.base(), offset(), store.src());
                default ->
                    new Store(store.size(), store.base(), store.offset(), other(store.src()));
              };
          case Atomic atomic ->
              new Atomic(atomic.width(), atomic.op(), atomic.base(), atomic.offset(), src());
          case LoadWide wide when wide.source() == WideSource.CONSTANT ->
              new LoadWide(dst(), wide.source(), wide.imm(), wide.nextImm());
          default -> insn;
        };
  }

  private Operand other(Operand operand) {
    return operand instanceof Imm ? constant() : src();
  }

  /** Changes a memory access: its width, and perhaps what is loaded into or stored. */
  private void memory(@Nullable Instruction[] code, boolean operandToo) {
    int first = random.nextInt(code.length);
    for (int i = 0; i < code.length; i++) {
      int at = (first + i) % code.length;
      Instruction insn = code[at];
      if (insn instanceof Load load) {
        Reg dst = operandToo ? dst() : load.dst();
        code[at] = new Load(size(), false, dst, load.base(), load.offset());
        return;
      }
      if (insn instanceof Store store) {
        // A stored register may become a constant: that is how K2 finds its most frequent rewrite.
        Operand changed = target.storeImmediate() && random.nextBoolean() ? constant() : src();
        Operand src = operandToo ? changed : store.src();
        code[at] = new Store(size(), store.base(), store.offset(), src);
        return;
      }
    }
  }
}
