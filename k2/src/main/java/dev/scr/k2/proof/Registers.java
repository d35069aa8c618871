package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.meaning.Meaning;
import org.jspecify.annotations.Nullable;

/** The registers of one function call, during symbolic execution. */
final class Registers {
  private final Terms terms;
  private final @Nullable Term[] values;

  Registers(Terms terms) {
    this(terms, new Term[Reg.COUNT]);
  }

  private Registers(Terms terms, @Nullable Term[] values) {
    this.terms = terms;
    this.values = values;
  }

  Registers copy() {
    return new Registers(terms, values.clone());
  }

  /** The value, null if there is none. */
  @Nullable Term peek(Reg reg) {
    return values[reg.number()];
  }

  /** The value; a register without one must not be read. */
  Term get(Reg reg) {
    Term value = values[reg.number()];
    if (value == null) {
      throw new Refusal("expected a value in " + reg + ", found none");
    }
    return value;
  }

  void set(Reg reg, @Nullable Term value) {
    values[reg.number()] = value;
  }

  Term operand(Operand operand) {
    return switch (operand) {
      case Reg reg -> get(reg);
      case Imm imm -> terms.constant(imm.value());
    };
  }

  void alu(Alu alu) {
    Term before = alu.op().readsDestination() ? get(alu.dst()) : terms.constant(0);
    set(alu.dst(), Meaning.alu(terms, alu.op(), alu.width(), before, operand(alu.src())));
  }

  void swap(Swap swap) {
    set(swap.dst(), Meaning.swap(terms, swap.op(), get(swap.dst())));
  }

  Term test(Branch branch) {
    return Meaning.test(
        terms, branch.op(), branch.width(), get(branch.dst()), operand(branch.src()));
  }

  /** Executes what only concerns registers; false for any other instruction. */
  boolean step(Instruction insn) {
    switch (insn) {
      case Alu alu -> alu(alu);
      case Swap swap -> swap(swap);
      case Instruction.LoadWide wide when wide.source() == dev.scr.ebpf.isa.WideSource.CONSTANT ->
          set(wide.dst(), terms.constant(wide.value()));
      default -> {
        return false;
      }
    }
    return true;
  }
}
