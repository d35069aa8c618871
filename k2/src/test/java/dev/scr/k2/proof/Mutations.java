package dev.scr.k2.proof;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.BpfException;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Changes one instruction of a program, at random. */
final class Mutations {
  /** As many inputs are tried before a mutant counts as one that does the same. */
  private static final int RUNS = 40;

  private final SplittableRandom random;

  Mutations(SplittableRandom random) {
    this.random = random;
  }

  /**
   * A changed program that the machine takes.
   *
   * @param behavesDifferently whether runs have shown that it does something else
   */
  record Mutant(ProgramSpec original, ProgramSpec changed, boolean behavesDifferently) {}

  /** The next mutant, of one of some programs. */
  Mutant of(List<ProgramSpec> programs) {
    Optional<Mutant> mutant = Optional.empty();
    while (mutant.isEmpty()) {
      ProgramSpec spec = pick(programs);
      int at = random.nextInt(spec.code().size());
      mutant = mutant(spec, at, () -> RandomRuns.input(spec, random));
    }
    return mutant.get();
  }

  /** The next mutant of a program with a change at one of some places, run with these inputs. */
  Mutant of(ProgramSpec spec, List<Integer> places, Supplier<Counterexample> inputs) {
    Optional<Mutant> mutant = Optional.empty();
    while (mutant.isEmpty()) {
      mutant = mutant(spec, pick(places), inputs);
    }
    return mutant.get();
  }

  private Optional<Mutant> mutant(ProgramSpec spec, int at, Supplier<Counterexample> inputs) {
    return changed(spec, at)
        .flatMap(changed ->
            behavesDifferently(spec, changed, inputs)
                .map(differs -> new Mutant(spec, changed, differs)));
  }

  /** A program with one instruction changed; empty if the change has no valid form. */
  private Optional<ProgramSpec> changed(ProgramSpec spec, int at) {
    List<Instruction> code = new ArrayList<>(spec.code().instructions());
    try {
      Instruction changed = change(code.get(at));
      if (changed.equals(code.get(at)) || changed.slots() != code.get(at).slots()) {
        return Optional.empty();
      }
      code.set(at, changed);
      return Optional.of(
          new ProgramSpec(
              spec.name(),
              spec.section(),
              spec.type(),
              new InstructionList(code),
              spec.functions(),
              spec.maps()));
    } catch (BpfException e) {
      return Optional.empty();
    }
  }

  /** Whether runs show a difference; empty if the machine does not take the mutant. */
  private static Optional<Boolean> behavesDifferently(
      ProgramSpec spec, ProgramSpec mutant, Supplier<Counterexample> inputs) {
    Replay replay = new Replay(spec, mutant);
    try {
      for (int i = 0; i < RUNS; i++) {
        if (replay.difference(inputs.get()).isPresent()) {
          return Optional.of(true);
        }
      }
      return Optional.of(false);
    } catch (Refusal e) {
      return Optional.empty();
    }
  }

  private <T> T pick(List<T> rows) {
    return rows.get(random.nextInt(rows.size()));
  }

  private Reg register() {
    return Reg.of(random.nextInt(10));
  }

  private Operand other(Operand operand) {
    return switch (operand) {
      case Reg _ -> register();
      case Imm(int value) ->
          new Imm(
              random.nextBoolean()
                  ? value + (random.nextBoolean() ? 1 : -1)
                  : value ^ (1 << random.nextInt(32)));
    };
  }

  /** The instruction with one thing changed. */
  private Instruction change(Instruction insn) {
    boolean operand = random.nextBoolean();
    return switch (insn) {
      case Alu alu when operand -> new Alu(alu.width(), alu.op(), alu.dst(), other(alu.src()));
      case Alu alu when random.nextBoolean() ->
          new Alu(alu.width(), alu.op(), register(), alu.src());
      case Alu alu -> new Alu(alu.width(), pick(List.of(AluOp.values())), alu.dst(), alu.src());
      case Load load when operand ->
          new Load(pick(List.of(MemSize.values())), false, load.dst(), load.base(), load.offset());
      case Load load ->
          new Load(
              load.size(),
              load.signed(),
              load.dst(),
              load.base(),
              (short) (load.offset() + random.nextInt(9) - 4));
      case Store store when operand ->
          new Store(store.size(), store.base(), store.offset(), other(store.src()));
      case Store store ->
          new Store(pick(List.of(MemSize.values())), store.base(), store.offset(), store.src());
      case Branch branch when operand ->
          new Branch(
              branch.width(), branch.op(), branch.dst(), other(branch.src()), branch.offset());
      case Branch branch ->
          new Branch(
              branch.width(),
              pick(List.of(JmpOp.values())),
              branch.dst(),
              branch.src(),
              branch.offset());
      default -> new Jump(false, 0);
    };
  }
}
