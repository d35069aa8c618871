package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.proof.WindowVerdict;
import java.util.List;

/** Decides whether a candidate may stand in a window. Implementations are thread-safe. */
@FunctionalInterface
public interface WindowProver {
  /** Proves or refutes. */
  WindowVerdict prove(Window window, List<Instruction> candidate);
}
