package dev.scr.k2.optimize;

/** What is known of a result as a whole. */
public enum Proof {
  /** It does the same as the original for every input. */
  EQUIVALENT,
  /** It is the original. */
  UNCHANGED,
  /** Each rewrite stands on its own proof; the whole was compared by runs only. */
  BY_PARTS,
  /** It is not the same, or nobody could tell: such a result is not written. */
  NONE
}
