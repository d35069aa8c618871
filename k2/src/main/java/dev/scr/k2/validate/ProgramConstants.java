package dev.scr.k2.validate;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Numbers that stand in a program: what it compares with is what inputs should hold. */
final class ProgramConstants {
  private final List<Long> values;

  private ProgramConstants(List<Long> values) {
    this.values = values;
  }

  static ProgramConstants of(ProgramSpec program) {
    TreeSet<Long> found = new TreeSet<>();
    for (Instruction insn : program.code().instructions()) {
      switch (insn) {
        case Alu alu -> add(found, alu.src());
        case Branch branch -> add(found, branch.src());
        case Store store -> add(found, store.src());
        case LoadWide wide when wide.source() == WideSource.CONSTANT -> found.add(wide.value());
        default -> {}
      }
    }
    return new ProgramConstants(new ArrayList<>(found));
  }

  private static void add(Set<Long> found, Operand operand) {
    if (operand instanceof Imm imm) {
      found.add((long) imm.value());
    }
  }

  /** One of the numbers or a neighbour of it, in either byte order; 0 if there are none. */
  long any(SplittableRandom random, int bytes) {
    if (values.isEmpty()) {
      return 0;
    }
    long value = values.get(random.nextInt(values.size()));
    if (random.nextInt(4) == 0) {
      value += random.nextInt(3) - 1;
    }
    boolean swapped = random.nextInt(3) == 0;
    return swapped ? Long.reverseBytes(value) >>> (64 - 8 * bytes) : value;
  }
}
