package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.Comparator;

/**
 * What a program costs, for the size objective: slots, and among equals fewer memory accesses.
 *
 * @param slots 8-byte slots
 * @param accesses loads, stores and atomic operations
 */
record Cost(int slots, int accesses) implements Comparable<Cost> {
  private static final Comparator<Cost> ORDER =
      Comparator.comparingInt(Cost::slots).thenComparingInt(Cost::accesses);

  static Cost of(Draft draft) {
    int accesses = 0;
    for (Line line : draft.lines()) {
      Instruction insn = line.insn();
      accesses +=
          insn instanceof Load || insn instanceof Store ? 1 : insn instanceof Atomic ? 2 : 0;
    }
    return new Cost(draft.slots(), accesses);
  }

  @Override
  public int compareTo(Cost other) {
    return ORDER.compare(this, other);
  }
}
