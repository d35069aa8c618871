package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.proof.WindowVerdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The questions of one search: opened when the first one is asked, and counted. */
final class Proofs implements AutoCloseable {
  private final Window window;
  private final WindowProver prover;
  private WindowProver.@Nullable Session session;
  private int count;

  Proofs(Window window, WindowProver prover) {
    this.window = window;
    this.prover = prover;
  }

  WindowVerdict check(List<Instruction> candidate) {
    WindowProver.Session open = session == null ? prover.open(window) : session;
    session = open;
    count++;
    return open.check(candidate);
  }

  int count() {
    return count;
  }

  @Override
  public void close() {
    if (session != null) {
      session.close();
    }
  }
}
