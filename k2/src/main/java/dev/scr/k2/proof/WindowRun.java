package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Meaning;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One symbolic execution of a straight-line window: what it leaves, and what it touched. */
final class WindowRun {
  /**
   * One access to memory.
   *
   * @param variable the part of the offset that is not known, constant zero if all is
   * @param offset the constant part of the offset
   */
  record Access(Region region, Term variable, long offset, int bytes, boolean write) {}

  /** One atomic operation that others can observe. */
  record AtomicEffect(Instruction kind, Term address, Term operand) {}

  private final Terms terms;
  private final Map<Term, Region> regions;
  private final Map<Region, Block> blocks;
  private final Facts facts;
  private final boolean strict;

  final Registers registers;
  Memory memory;
  final List<Access> accesses = new ArrayList<>();
  final List<AtomicEffect> atomics = new ArrayList<>();

  /**
   * Prepares a run from a start.
   *
   * @param strict whether arithmetic on pointers that the verifier refuses is refused here
   */
  WindowRun(WindowStart start, boolean strict) {
    this.terms = start.terms();
    this.regions = start.regions();
    this.blocks = start.blocks();
    this.facts = start.facts();
    this.registers = start.registers().copy();
    this.memory = start.memory();
    this.strict = strict;
  }

  WindowRun run(List<Instruction> code) {
    for (Instruction insn : code) {
      if (strict) {
        checkPointers(insn);
      }
      if (!registers.step(insn)) {
        stepMemory(insn);
      }
    }
    return this;
  }

  private void stepMemory(Instruction insn) {
    switch (insn) {
      case Load(MemSize size, boolean signed, Reg dst, Reg base, short offset) -> {
        Term found = load(place(base, offset, size.bytes(), false), size.bytes());
        Term wide = terms.slices.widen(found, 64);
        registers.set(dst, Meaning.loaded(terms, size, signed, wide));
      }
      case Store(MemSize size, Reg base, short offset, Operand src) -> {
        Term value = registers.operand(src);
        Memory.Place place = place(base, offset, size.bytes(), true);
        checkSpill(place, value, size);
        memory = memory.write(terms, place.block(), place.offset(), value, size.bytes());
      }
      case Atomic atomic -> stepAtomic(atomic);
      default ->
          throw new Refusal(
              "expected arithmetic and memory accesses only in a window, found " + insn);
    }
  }

  private void stepAtomic(Atomic atomic) {
    int bytes = atomic.width() == Width.W64 ? 8 : 4;
    Memory.Place place = place(atomic.base(), atomic.offset(), bytes, true);
    if (strict && place.block().kind() == Region.Kind.PACKET) {
      throw new Refusal("expected no atomic operation on the packet, found " + atomic);
    }
    Term src = registers.get(atomic.src());
    Term r0 = atomic.result().equals(Reg.R0) ? registers.get(Reg.R0) : terms.constant(0);
    Term old = terms.slices.widen(load(place, bytes), 64);
    Term result = Meaning.atomic(terms, atomic.op(), atomic.width(), old, src, r0);
    memory = memory.write(terms, place.block(), place.offset(), result, bytes);
    if (atomic.op().fetches()) {
      registers.set(atomic.result(), old);
    }
    Instruction kind = new Atomic(atomic.width(), atomic.op(), Reg.R0, (short) 0, Reg.R0);
    Term address = terms.add(place.block().base(), place.offset());
    atomics.add(new AtomicEffect(kind, address, src));
  }

  private Term load(Memory.Place place, int bytes) {
    return memory.read(terms, facts, place.block(), place.offset(), bytes);
  }

  private Memory.Place place(Reg base, short displacement, int bytes, boolean write) {
    Term address = terms.add(registers.get(base), terms.constant(displacement));
    Term block = Addresses.base(address);
    Region region = block == null ? null : regions.get(block);
    if (block == null || region == null) {
      throw new Refusal("expected a pointer in " + base + ", found " + registers.get(base));
    }
    Term offset = terms.subtract(address, block);
    long fixed = offset.isConstant() || offset.op == Term.Op.SUM ? offset.value : 0;
    Term variable = terms.subtract(offset, terms.constant(fixed));
    accesses.add(new Access(region, variable, fixed, bytes, write));
    Block found = blocks.get(region);
    if (found == null) {
      throw new IllegalStateException("expected a block for " + region + ", found none");
    }
    return new Memory.Place(found, offset);
  }

  /** The verifier takes a pointer on the stack only as a whole. */
  private void checkSpill(Memory.Place place, Term value, MemSize size) {
    if (strict
        && place.block().kind() == Region.Kind.STACK
        && size != MemSize.DW
        && Addresses.base(value) != null) {
      throw new Refusal("expected a pointer to be stored with 8 bytes, found " + size.bytes());
    }
  }

  /** The verifier allows only 64-bit addition, subtraction and copies of pointers. */
  private void checkPointers(Instruction insn) {
    if (!(insn instanceof Alu alu)) {
      return;
    }
    boolean allowed =
        alu.width() == Width.W64
            && switch (alu.op()) {
              case ADD, SUB, MOV -> true;
              default -> false;
            };
    boolean pointer = alu.op().readsDestination() && isPointer(alu.dst());
    if (!allowed && (pointer || (alu.src() instanceof Reg src && isPointer(src)))) {
      throw new Refusal("expected numbers, found a pointer in " + alu);
    }
  }

  private boolean isPointer(Reg reg) {
    Term value = registers.peek(reg);
    return value != null && Addresses.base(value) != null;
  }
}
