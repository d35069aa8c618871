package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.HelperEffect;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;

/**
 * What a line reads and writes; a call is opaque.
 *
 * @param reads bit set of registers
 * @param writes bit set of registers
 */
record Effects(int reads, int writes, boolean readsMemory, boolean writesMemory) {
  static Effects of(Draft draft, int at) {
    Instruction insn = draft.line(at).insn();
    return switch (insn) {
      case Instruction.Alu alu ->
          new Effects(
              (alu.op().readsDestination() ? bit(alu.dst()) : 0)
                  | (alu.src() instanceof Reg reg ? bit(reg) : 0),
              bit(alu.dst()),
              false,
              false);
      case Instruction.Swap swap -> new Effects(bit(swap.dst()), bit(swap.dst()), false, false);
      case Load load -> new Effects(bit(load.base()), bit(load.dst()), true, false);
      case Store store ->
          new Effects(
              bit(store.base()) | (store.src() instanceof Reg reg ? bit(reg) : 0), 0, false, true);
      case Atomic atomic ->
          new Effects(
              bit(atomic.base()) | bit(atomic.src()) | 1,
              atomic.op().fetches() ? bit(atomic.result()) : 0,
              true,
              true);
      case LoadWide wide -> new Effects(0, bit(wide.dst()), false, false);
      case CallHelper(int helper) -> {
        HelperEffect effect = HelperEffect.of(helper);
        int count = effect.isKnown() ? effect.arguments() : 5;
        yield new Effects(((1 << count) - 1) << 1, 0x3f, true, true);
      }
      case Instruction.Branch branch ->
          new Effects(
              bit(branch.dst()) | (branch.src() instanceof Reg reg ? bit(reg) : 0),
              0,
              false,
              false);
      case Instruction.Jump _ -> new Effects(0, 0, false, false);
      case Instruction.Exit _ -> new Effects(1, 0, false, false);
      case Instruction.LoadAbsolute _ -> new Effects(1 << 6, 0x3f, true, true);
      case Instruction.LoadIndirect indirect ->
          new Effects(1 << 6 | bit(indirect.index()), 0x3f, true, true);
      case Instruction.CallRegister call ->
          new Effects(0x3e | bit(call.helper()), 0x3f, true, true);
      case Instruction.CallLocal _, Instruction.CallKernel _ -> new Effects(0x3e, 0x3f, true, true);
    };
  }

  private static int bit(Reg reg) {
    return 1 << reg.number();
  }

  /**
   * For every line the registers that are read after it, even if no bit of them matters: the
   * verifier wants them to have a value all the same.
   */
  static int[] readAfter(Draft draft) {
    draft.renumber();
    int[] after = new int[draft.size()];
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int at = draft.size() - 1; at >= 0; at--) {
        Line line = draft.line(at);
        int later = 0;
        if (line.isJump()) {
          later |= readBefore(draft, line.target().index(), after);
        }
        if (line.fallsThrough() && at + 1 < draft.size()) {
          later |= readBefore(draft, at + 1, after);
        }
        changed |= later != after[at];
        after[at] = later;
      }
    }
    return after;
  }

  private static int readBefore(Draft draft, int at, int[] after) {
    Effects effects = of(draft, at);
    return effects.reads | (after[at] & ~effects.writes);
  }
}
