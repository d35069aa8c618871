package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import java.util.List;

/** What is to be made small. Costs are non-negative and add up. */
public interface Cost {
  /** Slots of eight bytes; LDDW has two. */
  Cost SIZE =
      new Cost() {
        @Override
        public int of(Instruction insn) {
          return insn.slots();
        }

        @Override
        public int least() {
          return 1;
        }

        @Override
        public String toString() {
          return "size";
        }
      };

  /** The cost of one instruction. */
  int of(Instruction insn);

  /** The cost of the cheapest instruction; positive. */
  int least();

  /** The cost of a sequence. */
  default int of(List<Instruction> code) {
    int sum = 0;
    for (Instruction insn : code) {
      sum += of(insn);
    }
    return sum;
  }
}
