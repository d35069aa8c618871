package dev.scr.k2.proof;

/** What is known about a candidate program. */
public sealed interface Verdict {
  /** It does the same as the original, for every input. */
  record Equivalent(ProofStatistics statistics) implements Verdict {}

  /**
   * It does something else for an input, or something that it must not do.
   *
   * @param why what is different
   */
  record Different(Counterexample input, String why) implements Verdict {}

  /** Neither was shown. */
  record Unknown(String reason) implements Verdict {}
}
