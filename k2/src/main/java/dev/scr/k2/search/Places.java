package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.proof.Precondition.KnownValue;
import dev.scr.k2.proof.Region;
import dev.scr.k2.proof.ValueFact;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the kernel's verifier would say of the registers and bytes at a point of a window: numbers,
 * pointers with their offsets, and what has no value. Owned by one thread.
 *
 * <p>The rules: pointers are only moved and added to constants; only whole pointers are stored, and
 * only to the stack; bytes are read after they are written; accesses lie within what the facts
 * allow and are aligned as the target demands; an access to the context is one that the original
 * makes.
 */
final class Places {
  private static final int UNUSABLE = -2;
  private static final int SCALAR = -1;

  private final Layout layout;

  /** By register: the region it points into, or one of the constants above. */
  private final int[] region = new int[Reg.COUNT];

  private final int[] offset = new int[Reg.COUNT];

  /** By region: bytes that have a value; null before the layout has its shape. */
  private boolean[][] initialized = {};

  /** By region and byte: number of the pointer it is part of, plus 1; 0 if none. */
  private byte[][] spilled = {};

  /** Pointers in memory: region they point into and offset. */
  private int[] spillRegion = new int[4];

  private int[] spillOffset = new int[4];
  private int spills;

  private Places(Layout layout) {
    this.layout = layout;
  }

  /** At the start of the window. */
  static Places before(Layout layout) {
    Places places = new Places(layout);
    for (int r = 0; r < Reg.COUNT; r++) {
      places.set(r, layout.window().before().registers().get(r));
    }
    for (int i = 0; i < layout.regionCount(); i++) {
      places.grow(i);
    }
    for (KnownValue known : layout.window().before().known()) {
      if (known.value() instanceof ValueFact.Pointer pointer && known.size() == MemSize.DW) {
        places.spill(
            layout.indexOf(known.region()),
            (int) known.offset(),
            layout.indexOf(pointer.region()),
            (int) pointer.offset());
      }
    }
    return places;
  }

  /** Whether the kernel would accept code in a window, and goes on as after the original. */
  static boolean accepts(Window window, List<Instruction> code, TargetFeatures target) {
    Optional<Layout> layout = Layout.of(window);
    if (layout.isEmpty()) {
      return false;
    }
    Places places = before(layout.get());
    for (Instruction insn : code) {
      Step step = Step.of(insn, layout.get());
      if (!places.allows(step, target)) {
        return false;
      }
      places.step(step);
    }
    return layout.get().endsAlike(places);
  }

  private void grow(int r) {
    initialized = Arrays.copyOf(initialized, r + 1);
    spilled = Arrays.copyOf(spilled, r + 1);
    initialized[r] = layout.readable(r).clone();
    spilled[r] = new byte[initialized[r].length];
  }

  private void set(int register, ValueFact fact) {
    switch (fact) {
      case ValueFact.Unusable _ -> region[register] = UNUSABLE;
      case ValueFact.Scalar _ -> region[register] = SCALAR;
      case ValueFact.Pointer(Region into, long at) -> {
        region[register] = layout.indexOf(into);
        offset[register] = (int) at;
      }
      // Its place is not known: it must not be touched.
      case ValueFact.VariablePointer _ -> region[register] = UNUSABLE;
      case ValueFact.SameAs(Reg other) -> {
        region[register] = region[other.number()];
        offset[register] = offset[other.number()];
      }
    }
  }

  /** Takes over the state of another one for the same layout. */
  void become(Places other) {
    System.arraycopy(other.region, 0, region, 0, region.length);
    System.arraycopy(other.offset, 0, offset, 0, offset.length);
    for (int i = 0; i < initialized.length; i++) {
      System.arraycopy(other.initialized[i], 0, initialized[i], 0, initialized[i].length);
      System.arraycopy(other.spilled[i], 0, spilled[i], 0, spilled[i].length);
    }
    if (spillRegion.length < other.spillRegion.length) {
      spillRegion = new int[other.spillRegion.length];
      spillOffset = new int[other.spillRegion.length];
    }
    System.arraycopy(other.spillRegion, 0, spillRegion, 0, other.spills);
    System.arraycopy(other.spillOffset, 0, spillOffset, 0, other.spills);
    spills = other.spills;
  }

  /** The region that a register points into; negative if it is no pointer. */
  int region(int register) {
    return region[register];
  }

  /** The offset of a pointer. */
  int offset(int register) {
    return offset[register];
  }

  /** Whether a register may be read. */
  boolean usable(int register) {
    return region[register] != UNUSABLE;
  }

  /** Whether a register may be read and is a number. */
  boolean scalar(int register) {
    return region[register] == SCALAR;
  }

  /**
   * Whether the kernel would accept an instruction here; {@link #step} may follow only then, except
   * for the original.
   */
  boolean allows(Step step, TargetFeatures target) {
    int rest = step.reads;
    while (rest != 0) {
      int r = Integer.numberOfTrailingZeros(rest);
      rest &= rest - 1;
      if (region[r] == UNUSABLE) {
        return false;
      }
    }
    if (step.dst == 10) {
      return false;
    }
    return switch (step.kind) {
      case ALU_REGISTER -> allowsAlu(step);
      case ALU_CONSTANT -> allowsAlu(step);
      case SWAP -> region[step.dst] == SCALAR;
      case CONSTANT, ADDRESS -> true;
      case LOAD -> allowsLoad(step, target);
      case STORE_REGISTER, STORE_CONSTANT, ATOMIC -> allowsStore(step, target);
    };
  }

  private boolean allowsAlu(Step step) {
    boolean pointer =
        (step.src >= 0 && region[step.src] >= 0)
            || ((step.reads >> step.dst & 1) != 0 && region[step.dst] >= 0);
    if (!pointer) {
      return !(step.insn instanceof Alu alu)
          || step.kind != Step.Kind.ALU_CONSTANT
          || constantAllowed(alu, step.imm);
    }
    Alu alu = (Alu) step.insn;
    if (alu.width() == Width.W32) {
      return false;
    }
    if (alu.op() == AluOp.MOV) {
      return true;
    }
    return step.kind == Step.Kind.ALU_CONSTANT
        && (alu.op() == AluOp.ADD || alu.op() == AluOp.SUB)
        && layout.size(region[step.dst]) > 0
        && Math.abs(step.imm) < 1 << 16;
  }

  /** The verifier refuses a division by the constant 0 and a shift by the width or more. */
  private static boolean constantAllowed(Alu alu, long imm) {
    return switch (alu.op()) {
      case DIV, SDIV, MOD, SMOD -> imm != 0;
      case LSH, RSH, ARSH -> imm >= 0 && imm < alu.width().bits();
      default -> true;
    };
  }

  private boolean allowsLoad(Step step, TargetFeatures target) {
    int r = region[step.base];
    if (!inBounds(r, step, target)) {
      return false;
    }
    int at = offset[step.base] + step.offset;
    int first = at - layout.low(r);
    if (layout.regions().get(r).kind() == Region.Kind.CONTEXT) {
      return layout.originalAccesses(r, at, step.bytes, false);
    }
    byte part = spilled[r][first];
    for (int i = first; i < first + step.bytes; i++) {
      if (!initialized[r][i] || spilled[r][i] != part) {
        return false;
      }
    }
    boolean wholePointer =
        step.bytes == 8
            && (first == 0 || spilled[r][first - 1] != part)
            && (first + 8 == spilled[r].length || spilled[r][first + 8] != part);
    return part == 0 || wholePointer;
  }

  private boolean allowsStore(Step step, TargetFeatures target) {
    int r = region[step.base];
    if (!inBounds(r, step, target)) {
      return false;
    }
    int at = offset[step.base] + step.offset;
    Region.Kind kind = layout.regions().get(r).kind();
    if (kind == Region.Kind.CONTEXT) {
      boolean number =
          step.kind == Step.Kind.STORE_REGISTER
              ? region[step.src] == SCALAR
              : step.kind == Step.Kind.STORE_CONSTANT && target.contextImmediates();
      return number && layout.originalAccesses(r, at, step.bytes, true);
    }
    int first = at - layout.low(r);
    for (int i = first; i < first + step.bytes; i++) {
      if (!layout.writable(r)[i]) {
        return false;
      }
      // Part of a pointer must not survive as data.
      if (spilled[r][i] != 0 && step.bytes != 8) {
        return false;
      }
    }
    if (step.kind == Step.Kind.ATOMIC) {
      return allowsAtomic(step, kind, r, first);
    }
    boolean pointer = step.src >= 0 && region[step.src] >= 0;
    return !pointer || (kind == Region.Kind.STACK && step.bytes == 8);
  }

  private boolean allowsAtomic(Step step, Region.Kind kind, int r, int first) {
    if (region[step.src] != SCALAR || kind == Region.Kind.PACKET) {
      return false;
    }
    for (int i = first; i < first + step.bytes; i++) {
      if (!initialized[r][i] || spilled[r][i] != 0) {
        return false;
      }
    }
    return Math.floorMod(offset[step.base] + step.offset, step.bytes) == 0;
  }

  private boolean inBounds(int r, Step step, TargetFeatures target) {
    if (r < 0) {
      return false;
    }
    int at = offset[step.base] + step.offset;
    return at >= layout.low(r)
        && at + step.bytes <= layout.low(r) + layout.size(r)
        && layout.aligned(r, at, step.bytes, target);
  }

  /** What follows from an instruction. */
  void step(Step step) {
    switch (step.kind) {
      case ALU_REGISTER, ALU_CONSTANT -> stepAlu(step);
      case SWAP, CONSTANT -> region[step.dst] = SCALAR;
      case ADDRESS -> {
        region[step.dst] = step.region;
        offset[step.dst] = 0;
      }
      case LOAD -> stepLoad(step);
      case STORE_REGISTER, STORE_CONSTANT -> stepStore(step);
      case ATOMIC -> {}
    }
  }

  private void stepAlu(Step step) {
    Alu alu = (Alu) step.insn;
    boolean wide = alu.width() == Width.W64;
    if (wide && alu.op() == AluOp.MOV && step.src >= 0) {
      region[step.dst] = region[step.src];
      offset[step.dst] = offset[step.src];
      return;
    }
    boolean moves =
        wide
            && region[step.dst] >= 0
            && step.src < 0
            && (alu.op() == AluOp.ADD || alu.op() == AluOp.SUB);
    if (moves) {
      offset[step.dst] += (int) (alu.op() == AluOp.ADD ? step.imm : -step.imm);
      return;
    }
    // The original may do more than a candidate; what comes out is no pointer to access memory by.
    boolean mixed =
        (alu.op().readsDestination() && region[step.dst] >= 0)
            || (step.src >= 0 && region[step.src] >= 0);
    region[step.dst] = mixed && alu.op() != AluOp.SUB ? UNUSABLE : SCALAR;
  }

  private void stepLoad(Step step) {
    int r = region[step.base];
    int first = offset[step.base] + step.offset - layout.low(r);
    region[step.dst] = SCALAR;
    if (r < spilled.length && step.bytes == 8 && first >= 0 && first + 8 <= spilled[r].length) {
      int part = spilled[r][first];
      if (part != 0) {
        region[step.dst] = spillRegion[part - 1];
        offset[step.dst] = spillOffset[part - 1];
      }
    }
  }

  private void stepStore(Step step) {
    int r = region[step.base];
    int first = offset[step.base] + step.offset - layout.low(r);
    if (r >= initialized.length || first < 0 || first + step.bytes > initialized[r].length) {
      return;
    }
    for (int i = first; i < first + step.bytes; i++) {
      initialized[r][i] = true;
      if (spilled[r][i] != 0) {
        forget(r, spilled[r][i]);
      }
    }
    if (step.src >= 0 && region[step.src] >= 0 && step.bytes == 8) {
      spill(r, first + layout.low(r), region[step.src], offset[step.src]);
    }
  }

  private void forget(int r, byte part) {
    for (int i = 0; i < spilled[r].length; i++) {
      if (spilled[r][i] == part) {
        spilled[r][i] = 0;
      }
    }
  }

  private void spill(int r, int at, int into, int intoOffset) {
    if (r < 0 || r >= spilled.length) {
      return;
    }
    int first = at - layout.low(r);
    if (first < 0 || first + 8 > spilled[r].length) {
      return;
    }
    if (spills == spillRegion.length) {
      spillRegion = Arrays.copyOf(spillRegion, spills * 2);
      spillOffset = Arrays.copyOf(spillOffset, spills * 2);
    }
    spillRegion[spills] = into;
    spillOffset[spills] = intoOffset;
    spills++;
    Arrays.fill(spilled[r], first, first + 8, (byte) spills);
  }
}
