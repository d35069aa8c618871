package dev.scr.k2.code;

import dev.scr.ebpf.isa.Instruction;
import java.util.List;

/**
 * The code of one function, apart from where it lies: what programs that share a function have in
 * common.
 */
public record FunctionBody(List<Part> parts) {
  /** Copies the list. */
  public FunctionBody {
    parts = List.copyOf(parts);
  }

  /**
   * An instruction.
   *
   * @param insn with a distance of 0
   * @param target place in the body that it jumps to, −1 if it does not jump
   * @param callee the function that it refers to, empty if none
   */
  public record Part(Instruction insn, int target, String callee) {}

  /** Number of 8-byte slots. */
  public int slots() {
    return parts.stream().mapToInt(part -> part.insn().slots()).sum();
  }
}
