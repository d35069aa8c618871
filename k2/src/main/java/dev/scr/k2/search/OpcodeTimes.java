package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.linux.bpf.TestInput;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * What classes of instructions take on this machine, as the kernel's compiler translates them: a
 * program with many copies against one with none, in turn, by BPF_PROG_TEST_RUN. Arithmetic depends
 * on what was computed just before; loads, stores and constants do not. Needs CAP_BPF and
 * CAP_NET_ADMIN.
 */
public final class OpcodeTimes {
  private static final int COPIES = 256;
  private static final Reg VALUE = Reg.of(2);
  private static final Reg OPERAND = Reg.of(3);
  private static final Reg LOADED = Reg.of(4);
  private static final short PLACE = -8;

  private static final Instruction LOAD = new Load(MemSize.DW, false, LOADED, Reg.FP, PLACE);
  private static final Instruction STORE = new Store(MemSize.DW, Reg.FP, PLACE, OPERAND);
  private static final Instruction ATOMIC =
      new Atomic(Width.W64, AtomicOp.ADD, Reg.FP, PLACE, OPERAND);

  /** Load, addition and store to one place: what an atomic addition would replace. */
  private static final List<Instruction> PLAIN_ADDITION =
      List.of(
          LOAD,
          new Alu(Width.W64, AluOp.ADD, LOADED, OPERAND),
          new Store(MemSize.DW, Reg.FP, PLACE, LOADED));

  private OpcodeTimes() {}

  /**
   * A class of instructions.
   *
   * @param name of the class
   * @param modelled time in tenths of a simple instruction
   * @param measuredNs nanoseconds of processor time, the median over rounds
   */
  public record Row(String name, int modelled, double measuredNs) {
    /** The measured time in tenths of that of a simple instruction. */
    public double relativeTo(Row simple) {
      return 10 * measuredNs / simple.measuredNs;
    }
  }

  private record Kind(String name, List<Instruction> code) {}

  private static Instruction alu(Width width, AluOp op) {
    return new Alu(width, op, VALUE, OPERAND);
  }

  private static List<Kind> classes() {
    return List.of(
        new Kind("simple", List.of(alu(Width.W64, AluOp.ADD))),
        new Kind("multiplication", List.of(alu(Width.W64, AluOp.MUL))),
        new Kind("narrow division", List.of(alu(Width.W32, AluOp.DIV))),
        new Kind("wide division", List.of(alu(Width.W64, AluOp.DIV))),
        new Kind("swap", List.of(new Swap(SwapOp.BE64, VALUE))),
        new Kind("load", List.of(LOAD)),
        new Kind("store", List.of(STORE)),
        new Kind("constant", List.of(new LoadWide(LOADED, WideSource.CONSTANT, 1, 1))),
        new Kind("load, add, store", PLAIN_ADDITION),
        new Kind("atomic", List.of(ATOMIC)));
  }

  /**
   * Measures every class; the first one is "simple".
   *
   * @param repeat runs of a program for one measurement
   * @throws dev.scr.linux.object.KernelRefusal if the kernel does not run the programs
   */
  public static List<Row> measure(LatencyModel model, int rounds, int repeat) {
    List<Kind> classes = classes();
    List<List<Double>> samples = new ArrayList<>();
    classes.forEach(_ -> samples.add(new ArrayList<>()));
    try (KernelInstance kernel = KernelInstance.builder(List.of()).build()) {
      KernelProgram empty = kernel.program(program(List.of(), 0));
      List<KernelProgram> programs =
          classes.stream().map(c -> kernel.program(program(c.code, COPIES))).toList();
      for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < classes.size(); i++) {
          long extra = run(programs.get(i), repeat) - run(empty, repeat);
          samples.get(i).add((double) extra / repeat / COPIES);
        }
      }
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < classes.size(); i++) {
      Kind found = classes.get(i);
      int modelled = found.code.stream().mapToInt(model::of).sum();
      rows.add(new Row(found.name, modelled, median(samples.get(i))));
    }
    return rows;
  }

  private static long run(KernelProgram program, int repeat) {
    return program.run(TestInput.of(new byte[64]).repeated(repeat)).threadTimeNs();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static ProgramSpec program(List<Instruction> body, int copies) {
    List<Instruction> code =
        new ArrayList<>(
            Arrays.asList(
                new Alu(Width.W64, AluOp.MOV, VALUE, new Imm(0x1234567)),
                new Alu(Width.W64, AluOp.MOV, OPERAND, new Imm(1)),
                STORE));
    for (int i = 0; i < copies; i++) {
      code.addAll(body);
    }
    code.add(new Alu(Width.W64, AluOp.MOV, Reg.R0, new Imm(2)));
    code.add(new Exit());
    return ProgramSpec.of(
        "times" + (copies == 0 ? "" : body.hashCode()), ProgramType.XDP, code, List.of());
  }
}
