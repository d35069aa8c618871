package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.proof.ProofStatistics;
import dev.scr.k2.validate.DifferentialReport;
import dev.scr.k2.validate.KernelVerdict;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a program.
 *
 * @param result to be written; the original itself if nothing better passed every gate
 * @param reason why nothing was done, or why something was left out; empty if all is well
 * @param seconds wall time
 * @param cpuSeconds of all threads of this process meanwhile
 * @param rewrites how often each was applied
 * @param whole what the proof of the whole took, if there is one
 * @param proofs questions that were answered by proof
 * @param solverSeconds spent in the solver
 * @param differential runs side by side, if the result is another program
 * @param before what the kernel says of the original
 * @param after what the kernel says of the result
 * @param cached whether the result comes from the cache
 * @param complete false if the time limit or the user ended the work
 * @param wrong how candidates differed that did something else than the original: none of them is
 *     the result, but each shows a fault of this optimizer
 */
public record ProgramResult(
    ProgramSpec original,
    ProgramSpec result,
    String reason,
    double seconds,
    double cpuSeconds,
    Map<String, Integer> rewrites,
    Proof proof,
    ProofStatistics whole,
    long proofs,
    double solverSeconds,
    Optional<DifferentialReport> differential,
    KernelVerdict before,
    KernelVerdict after,
    boolean cached,
    boolean complete,
    List<String> wrong) {
  /** Copies the list. */
  public ProgramResult {
    wrong = List.copyOf(wrong);
  }

  /** What is known of the result as a whole, in a few words. */
  public String proofText() {
    String known = proof.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return proof == Proof.EQUIVALENT && whole.regions() > 0
        ? "%s (%d %s, %d regions)"
            .formatted(known, whole.steps(), whole.steps() == 1 ? "step" : "steps", whole.regions())
        : known;
  }

  /** Slots of the original. */
  public int slotsBefore() {
    return original.code().slots();
  }

  /** Slots of the result. */
  public int slotsAfter() {
    return result.code().slots();
  }

  /** Whether the result is another program. */
  public boolean changed() {
    return !result.code().equals(original.code());
  }
}
