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
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Arithmetic;

/**
 * An instruction of a window, decoded for evaluation: numbers only, so that running one needs no
 * pattern match. Immutable.
 */
@SuppressWarnings("EnumOrdinal") // a row is a position in a table of Arithmetic
final class Step {
  /** What it does. */
  enum Kind {
    /** {@code dst = dst op src}, {@link Step#src} is a register. */
    ALU_REGISTER,
    /** {@code dst = dst op imm}. */
    ALU_CONSTANT,
    SWAP,
    LOAD,
    STORE_REGISTER,
    STORE_CONSTANT,
    ATOMIC,
    /** {@code dst = imm} with 64 bits. */
    CONSTANT,
    /** {@code dst = } the base of region {@link Step#region}. */
    ADDRESS
  }

  final Kind kind;

  /** Row of the operation in {@link Arithmetic}. */
  final int row;

  /** Register that is written, or −1. */
  final int dst;

  /** Register operand: the source, or the value that is stored; −1 if a constant. */
  final int src;

  /** Register with the address of a memory access, or −1. */
  final int base;

  /** Constant operand. */
  final long imm;

  final int offset;

  /** Bytes of a memory access. */
  final int bytes;

  /** Bit set of the registers that are read. */
  final int reads;

  /** For {@link Kind#ADDRESS}. */
  final int region;

  final boolean width32;
  final Instruction insn;

  private Step(
      Kind kind,
      int row,
      int dst,
      int src,
      int base,
      long imm,
      int offset,
      int bytes,
      int reads,
      int region,
      boolean width32,
      Instruction insn) {
    this.kind = kind;
    this.row = row;
    this.dst = dst;
    this.src = src;
    this.base = base;
    this.imm = imm;
    this.offset = offset;
    this.bytes = bytes;
    this.reads = reads;
    this.region = region;
    this.width32 = width32;
    this.insn = insn;
  }

  /** Whether an instruction may stand in a window at all. */
  static boolean possible(Instruction insn) {
    return switch (insn) {
      case Alu _, Swap _, Load _, Store _, LoadWide _ ->
          !(insn instanceof LoadWide wide && wide.source() == WideSource.CODE);
      case Atomic atomic -> !atomic.op().fetches();
      default -> false;
    };
  }

  /** Decodes; {@code layout} knows the regions of wide loads. */
  static Step of(Instruction insn, Layout layout) {
    return switch (insn) {
      case Alu(Width width, AluOp op, Reg dst, Operand src) -> alu(insn, width, op, dst, src);
      case Swap(var op, Reg dst) ->
          new Step(
              Kind.SWAP, op.ordinal(), dst.number(), -1, -1, 0, 0, 0, bit(dst), -1, false, insn);
      case Load(MemSize size, boolean signed, Reg dst, Reg base, short offset) ->
          new Step(
              Kind.LOAD,
              Arithmetic.row(size, signed),
              dst.number(),
              -1,
              base.number(),
              0,
              offset,
              size.bytes(),
              bit(base),
              -1,
              false,
              insn);
      case Store store -> store(store);
      case Atomic(Width width, AtomicOp op, Reg base, short offset, Reg src) ->
          new Step(
              Kind.ATOMIC,
              Arithmetic.row(op, width),
              -1,
              src.number(),
              base.number(),
              0,
              offset,
              width.bits() / 8,
              bit(base) | bit(src),
              -1,
              width == Width.W32,
              insn);
      case LoadWide wide -> wide(wide, layout);
      default -> throw new IllegalArgumentException("expected straight-line code, found " + insn);
    };
  }

  private static Step alu(Instruction insn, Width width, AluOp op, Reg dst, Operand src) {
    int reads = op.readsDestination() ? bit(dst) : 0;
    boolean narrow = width == Width.W32;
    int row = Arithmetic.row(op, width);
    return switch (src) {
      case Reg reg ->
          new Step(
              Kind.ALU_REGISTER,
              row,
              dst.number(),
              reg.number(),
              -1,
              0,
              0,
              0,
              reads | bit(reg),
              -1,
              narrow,
              insn);
      case Imm imm ->
          new Step(
              Kind.ALU_CONSTANT,
              row,
              dst.number(),
              -1,
              -1,
              imm.value(),
              0,
              0,
              reads,
              -1,
              narrow,
              insn);
    };
  }

  private static Step store(Store store) {
    int base = store.base().number();
    int bytes = store.size().bytes();
    return switch (store.src()) {
      case Reg reg ->
          new Step(
              Kind.STORE_REGISTER,
              0,
              -1,
              reg.number(),
              base,
              0,
              store.offset(),
              bytes,
              bit(store.base()) | bit(reg),
              -1,
              false,
              store);
      case Imm imm ->
          new Step(
              Kind.STORE_CONSTANT,
              0,
              -1,
              -1,
              base,
              imm.value(),
              store.offset(),
              bytes,
              bit(store.base()),
              -1,
              false,
              store);
    };
  }

  private static Step wide(LoadWide wide, Layout layout) {
    boolean number = wide.source() == WideSource.CONSTANT;
    return new Step(
        number ? Kind.CONSTANT : Kind.ADDRESS,
        0,
        wide.dst().number(),
        -1,
        -1,
        number ? wide.value() : 0,
        0,
        0,
        0,
        number ? -1 : layout.regionOf(wide),
        false,
        wide);
  }

  private static int bit(Reg reg) {
    return 1 << reg.number();
  }

  /** Whether memory is written. */
  boolean writesMemory() {
    return kind == Kind.STORE_REGISTER || kind == Kind.STORE_CONSTANT || kind == Kind.ATOMIC;
  }

  /** Whether memory is read or written. */
  boolean accessesMemory() {
    return base >= 0;
  }

  @Override
  public String toString() {
    return insn.toString();
  }
}
