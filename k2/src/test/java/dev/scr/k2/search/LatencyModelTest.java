package dev.scr.k2.search;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The model of times, and what a machine says of it. */
class LatencyModelTest {
  private static final int ROUNDS = 9;
  private static final int REPEAT = 2_000;

  /** K2's finding: an atomic addition has fewer slots and takes longer than what it replaces. */
  @Test
  void anAtomicAdditionDoesNotWin() {
    Reg r = Reg.of(3);
    List<Instruction> plain =
        List.of(
            new Load(MemSize.DW, false, r, Reg.R0, (short) 0),
            new Alu(Width.W64, AluOp.ADD, r, Reg.of(2)),
            new Store(MemSize.DW, Reg.R0, (short) 0, r));
    List<Instruction> atomic =
        List.of(new Atomic(Width.W64, AtomicOp.ADD, Reg.R0, (short) 0, Reg.of(2)));
    assertTrue(LatencyModel.X86.of(plain) < LatencyModel.X86.of(atomic));
    assertTrue(Cost.SIZE.of(plain) > Cost.SIZE.of(atomic));
  }

  /**
   * Only prints: times are for people, and the machine may be busy. That an atomic addition takes
   * longer than a simple one is so by far.
   */
  @Test
  void timesOfThisMachine() {
    Probe probe = Feature.TEST_RUN.probe();
    assumeTrue(probe instanceof Probe.Available, () -> "BPF_PROG_TEST_RUN: " + probe);
    List<OpcodeTimes.Row> rows = OpcodeTimes.measure(LatencyModel.X86, ROUNDS, REPEAT);
    OpcodeTimes.Row simple = rows.getFirst();
    for (OpcodeTimes.Row row : rows) {
      System.out.printf(
          "%-18s modelled %4d, measured %6.1f tenths of a simple one, %.2f ns%n",
          row.name(), row.modelled(), row.relativeTo(simple), row.measuredNs());
    }
    Map<String, Integer> modelled =
        rows.stream().collect(Collectors.toMap(OpcodeTimes.Row::name, OpcodeTimes.Row::modelled));
    assertTrue(modelled.getOrDefault("load, add, store", 0) < modelled.getOrDefault("atomic", 0));
  }
}
