package dev.scr.k2.proof;

/** Takes the questions that a proof rests on; any solver must answer {@code unsat} to each. */
@FunctionalInterface
public interface ProofSink {
  /** Keeps nothing. */
  ProofSink NONE = (_, _) -> {};

  /**
   * One question.
   *
   * @param number counts from 1 within a proof
   * @param smtLib a whole SMT-LIB 2 script
   */
  void question(int number, String smtLib);
}
