package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AtomicOp;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.HelperEffect;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Which registers instructions read and write. */
final class Registers {
  private static final List<Reg> CLOBBERED =
      List.of(Reg.R0, Reg.of(1), Reg.of(2), Reg.of(3), Reg.of(4), Reg.of(5));

  private Registers() {}

  /** Registers that an instruction reads. */
  static List<Reg> read(Instruction insn) {
    List<Reg> read = new ArrayList<>(4);
    switch (insn) {
      case Alu alu -> {
        if (alu.op().readsDestination()) {
          read.add(alu.dst());
        }
        add(read, alu.src());
      }
      case Swap swap -> read.add(swap.dst());
      case Load load -> read.add(load.base());
      case Store store -> {
        read.add(store.base());
        add(read, store.src());
      }
      case Atomic atomic -> {
        read.add(atomic.base());
        read.add(atomic.src());
        if (atomic.op() == AtomicOp.CMPXCHG) {
          read.add(Reg.R0);
        }
      }
      case LoadWide _, Jump _ -> {}
      case LoadAbsolute _ -> read.add(Reg.of(6));
      case LoadIndirect indirect -> {
        read.add(Reg.of(6));
        read.add(indirect.index());
      }
      case Branch branch -> {
        read.add(branch.dst());
        add(read, branch.src());
      }
      case CallHelper(int helper) -> {
        for (int r = 1; r <= HelperEffect.of(helper).arguments(); r++) {
          read.add(Reg.of(r));
        }
      }
      case CallLocal _, CallKernel _ -> read.addAll(CLOBBERED.subList(1, 6));
      case CallRegister call -> {
        read.addAll(CLOBBERED.subList(1, 6));
        read.add(call.helper());
      }
      case Exit _ -> read.add(Reg.R0);
    }
    return read;
  }

  private static void add(List<Reg> read, Operand operand) {
    if (operand instanceof Reg reg) {
      read.add(reg);
    }
  }

  /** Registers that an instruction writes or makes unreadable. */
  static List<Reg> written(Instruction insn) {
    return switch (insn) {
      case Alu alu -> List.of(alu.dst());
      case Swap swap -> List.of(swap.dst());
      case Load load -> List.of(load.dst());
      case LoadWide wide -> List.of(wide.dst());
      case Atomic atomic -> atomic.op().fetches() ? List.of(atomic.result()) : List.of();
      case LoadAbsolute _,
          LoadIndirect _,
          CallHelper _,
          CallLocal _,
          CallKernel _,
          CallRegister _ ->
          CLOBBERED;
      case Store _, Jump _, Branch _, Exit _ -> List.of();
    };
  }

  /** Whether which registers it uses is fixed: calls, legacy loads and exits. */
  static boolean isFixed(Instruction insn) {
    return switch (insn) {
      case LoadAbsolute _,
          LoadIndirect _,
          CallHelper _,
          CallLocal _,
          CallKernel _,
          CallRegister _,
          Exit _ ->
          true;
      case Atomic atomic -> atomic.op() == AtomicOp.CMPXCHG;
      default -> false;
    };
  }

  /** The same instruction with other registers: what it reads, and what it writes. */
  static Instruction renamed(
      Instruction insn, UnaryOperator<Reg> reads, UnaryOperator<Reg> writes) {
    return switch (insn) {
      case Alu alu -> new Alu(alu.width(), alu.op(), writes.apply(alu.dst()), of(alu.src(), reads));
      case Swap swap -> new Swap(swap.op(), writes.apply(swap.dst()));
      case Load load ->
          new Load(
              load.size(),
              load.signed(),
              writes.apply(load.dst()),
              reads.apply(load.base()),
              load.offset());
      case Store store ->
          new Store(
              store.size(), reads.apply(store.base()), store.offset(), of(store.src(), reads));
      case Atomic atomic ->
          new Atomic(
              atomic.width(),
              atomic.op(),
              reads.apply(atomic.base()),
              atomic.offset(),
              atomic.op().fetches() ? writes.apply(atomic.src()) : reads.apply(atomic.src()));
      case LoadWide wide ->
          new LoadWide(writes.apply(wide.dst()), wide.source(), wide.imm(), wide.nextImm());
      case Branch branch ->
          new Branch(
              branch.width(),
              branch.op(),
              reads.apply(branch.dst()),
              of(branch.src(), reads),
              branch.offset());
      case LoadAbsolute _,
          LoadIndirect _,
          Jump _,
          CallHelper _,
          CallLocal _,
          CallKernel _,
          CallRegister _,
          Exit _ ->
          insn;
    };
  }

  private static Operand of(Operand operand, UnaryOperator<Reg> reads) {
    return operand instanceof Reg reg ? reads.apply(reg) : operand;
  }
}
