package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Constants that are worth trying in the middle of a candidate: those of the window, and what
 * follows from them. The last instruction of a candidate gets its constant from the tests instead.
 */
final class Constants {
  private static final int MOST = 12;

  private final Set<Integer> plain = new TreeSet<>();
  private final Set<Integer> shifts = new TreeSet<>();
  private final Set<Integer> masks = new TreeSet<>();

  Constants(List<Instruction> code) {
    for (Instruction insn : code) {
      switch (insn) {
        case Alu(var _, AluOp op, var _, Imm(int value)) -> alu(op, value);
        case Store(var _, var _, short _, Imm(int value)) -> plain.add(value);
        case LoadWide wide when wide.value() == (int) wide.value() -> plain.add((int) wide.value());
        default -> {}
      }
    }
    Set<Integer> given = new TreeSet<>(shifts);
    for (int a : given) {
      add(shifts, 64 - a, 1, 63);
      add(shifts, 32 - a, 1, 63);
      for (int b : given) {
        add(shifts, a + b, 1, 63);
        add(shifts, a - b, 1, 63);
      }
    }
    for (int common : new int[] {8, 16, 32, 48, 56}) {
      add(shifts, common, 1, 63);
    }
    for (int a : List.copyOf(masks)) {
      add(masks, ~a, Integer.MIN_VALUE, Integer.MAX_VALUE);
      for (int s : given) {
        if (s < 32) {
          add(masks, a << s, Integer.MIN_VALUE, Integer.MAX_VALUE);
          add(masks, a >>> s, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
      }
    }
    for (int common : new int[] {1, 0xff, 0xffff}) {
      add(masks, common, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    for (int a : List.copyOf(plain)) {
      add(plain, -a, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    for (int common : new int[] {0, 1, -1}) {
      add(plain, common, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
  }

  private void alu(AluOp op, int value) {
    switch (op) {
      case LSH, RSH, ARSH -> shifts.add(value);
      case AND, OR, XOR -> masks.add(value);
      default -> plain.add(value);
    }
  }

  private static void add(Set<Integer> set, int value, int least, int greatest) {
    if (set.size() < MOST && value >= least && value <= greatest) {
      set.add(value);
    }
  }

  /** Constants for an operation. */
  Set<Integer> of(AluOp op) {
    return switch (op) {
      case LSH, RSH, ARSH -> shifts;
      case AND, OR, XOR -> masks;
      default -> plain;
    };
  }
}
