package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.proof.CheckerOptions;
import dev.scr.k2.proof.WindowProof;
import dev.scr.k2.proof.WindowVerdict;
import java.util.List;

/**
 * Proofs by {@link WindowProof}: a normal form and Z3, incrementally for the candidates of a
 * window.
 *
 * @param options what a proof may assume and spend
 */
public record SolverProver(CheckerOptions options) implements WindowProver {
  @Override
  public Session open(Window window) {
    WindowProof proof;
    try {
      proof = WindowProof.open(window.code(), window.before(), window.after(), options);
    } catch (IllegalArgumentException e) {
      String reason = String.valueOf(e.getMessage());
      return _ -> new WindowVerdict.Unknown(reason);
    }
    return new Session() {
      @Override
      public WindowVerdict check(List<Instruction> candidate) {
        return proof.check(candidate);
      }

      @Override
      public void close() {
        proof.close();
      }
    };
  }
}
