package dev.scr.ebpf.isa;

import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Instructions with their places: an <em>index</em> counts instructions, a <em>slot</em> counts
 * 8-byte units (LDDW has two). Offsets in instructions count slots.
 */
public final class InstructionList {
  private final List<Instruction> instructions;
  private final int[] slotOfIndex;
  private final int[] indexOfSlot;

  /** Computes the places of these instructions. */
  public InstructionList(List<Instruction> instructions) {
    this.instructions = List.copyOf(instructions);
    this.slotOfIndex = new int[instructions.size() + 1];
    int slot = 0;
    for (int i = 0; i < instructions.size(); i++) {
      slotOfIndex[i] = slot;
      slot += instructions.get(i).slots();
    }
    slotOfIndex[instructions.size()] = slot;
    this.indexOfSlot = new int[slot];
    Arrays.fill(indexOfSlot, -1);
    for (int i = 0; i < instructions.size(); i++) {
      indexOfSlot[slotOfIndex[i]] = i;
    }
  }

  /** The instructions in order. */
  public List<Instruction> instructions() {
    return instructions;
  }

  /** Number of instructions. */
  public int size() {
    return instructions.size();
  }

  /** Number of slots, which is what the kernel's limits count. */
  public int slots() {
    return indexOfSlot.length;
  }

  /** The instruction at an index. */
  public Instruction get(int index) {
    return instructions.get(index);
  }

  /**
   * First slot of the instruction at an index; the number of slots for the index behind the last
   * one.
   */
  public int slot(int index) {
    return slotOfIndex[index];
  }

  /** Index of the instruction that starts at a slot, −1 if none does. */
  public int indexAt(long slot) {
    return slot < 0 || slot >= indexOfSlot.length ? -1 : indexOfSlot[(int) slot];
  }

  /** The distance in slots of a jump, local call or code address; empty for other instructions. */
  public static OptionalInt distance(Instruction insn) {
    return switch (insn) {
      case Jump jump -> OptionalInt.of(jump.offset());
      case Branch branch -> OptionalInt.of(branch.offset());
      case CallLocal call -> OptionalInt.of(call.offset());
      case LoadWide wide when wide.source() == WideSource.CODE -> OptionalInt.of(wide.imm());
      default -> OptionalInt.empty();
    };
  }

  /**
   * Index of the instruction that the jump, local call or code address at {@code index} refers to.
   *
   * @throws InvalidInstructionException if it refers to no instruction
   */
  public int target(int index) {
    Instruction insn = instructions.get(index);
    int distance = distance(insn).orElseThrow();
    // A code address counts from the slot behind the first half of its LDDW.
    long from = slotOfIndex[index] + 1L;
    int target = indexAt(from + distance);
    if (target < 0) {
      throw new InvalidInstructionException(
          slotOfIndex[index],
          "("
              + insn
              + "): expected a target between slot 0 and "
              + (slots() - 1)
              + " that starts an instruction, found slot "
              + (from + distance));
    }
    return target;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InstructionList that && instructions.equals(that.instructions);
  }

  @Override
  public int hashCode() {
    return instructions.hashCode();
  }

  /** One line per instruction, with its slot. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < size(); i++) {
      text.append(slot(i)).append(":\t").append(get(i)).append('\n');
    }
    return text.toString();
  }
}
