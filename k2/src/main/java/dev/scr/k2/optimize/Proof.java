package dev.scr.k2.optimize;

/** What is known of a result as a whole. */
public enum Proof {
  /** It does the same as the original for every input. */
  EQUIVALENT,
  /** It is the original. */
  UNCHANGED,
  /**
   * Each window that was replaced was proved to do the same where it stands, under what the
   * analysis says is known before it and needed after it; the whole could not be proved, and was
   * compared by runs.
   */
  BY_WINDOWS,
  /**
   * Each rewrite stands on its own argument, but the whole could not be proved, or not in time: it
   * was compared by runs only.
   */
  BY_PARTS
}
