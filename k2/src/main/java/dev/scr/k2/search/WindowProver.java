package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.proof.WindowVerdict;
import java.util.List;

/** Decides whether candidates may stand in windows. Implementations are thread-safe. */
@FunctionalInterface
public interface WindowProver {
  /** Prepares the questions about one window. */
  Session open(Window window);

  /** Questions about one window; for one thread. */
  @FunctionalInterface
  interface Session extends AutoCloseable {
    /** Proves or refutes. */
    WindowVerdict check(List<Instruction> candidate);

    @Override
    default void close() {}
  }
}
