package dev.scr.k2.proof;

import java.util.function.Consumer;

/** The ways that one instruction can go, told one by one by whoever knows the instruction. */
interface Ways {
  /** The path goes on if the condition holds, after the change. */
  void when(Term condition, Consumer<PathState> change);

  /** The path ends if the condition holds. */
  void end(Term condition, String outcome);

  /** The program ends with 0 if the condition holds. */
  void zero(Term condition);
}
