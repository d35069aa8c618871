package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import java.util.List;
import java.util.Optional;

/**
 * What came out of a search in a window.
 *
 * @param replacement proved and cheaper code, if any was found
 * @param steps how many candidate steps were evaluated; the unit of budgets
 * @param proofs questions to the prover
 * @param counterexamples how many of its answers were counterexamples
 * @param complete whether the budget sufficed for everything that the search considers
 */
public record Synthesis(
    Optional<List<Instruction>> replacement,
    long steps,
    int proofs,
    int counterexamples,
    boolean complete) {
  /** Nothing found, nothing tried. */
  public static final Synthesis NOTHING = new Synthesis(Optional.empty(), 0, 0, 0, true);
}
