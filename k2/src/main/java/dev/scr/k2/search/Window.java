package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.proof.Postcondition;
import dev.scr.k2.proof.Precondition;
import java.util.List;

/**
 * A piece of straight-line code that may be replaced by anything that does the same for what is
 * known before it and needed after it. It has no call, jump or exit.
 *
 * @param code the instructions
 * @param before what is known before
 * @param after what is needed after
 */
public record Window(List<Instruction> code, Precondition before, Postcondition after) {
  /** Copies the list. */
  public Window {
    code = List.copyOf(code);
  }

  /** The same place with other code. */
  public Window with(List<Instruction> replacement) {
    return new Window(replacement, before, after);
  }

  /** The code, one instruction a line. */
  public String text() {
    return String.join("\n", code.stream().map(Instruction::toString).toList());
  }
}
