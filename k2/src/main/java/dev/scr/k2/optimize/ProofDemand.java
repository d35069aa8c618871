package dev.scr.k2.optimize;

/** What has to be proved of a result before it may be written. */
public enum ProofDemand {
  /** That the program as a whole does the same as the original. */
  WHOLE,
  /**
   * The same; of a program of which nothing can be proved as a whole, such as one with a long loop,
   * that each window that was replaced does the same where it stands.
   */
  WINDOWS,
  /** Nothing: runs beside the original are enough. The report says what is not proved. */
  RUNS
}
