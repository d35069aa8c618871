package dev.scr.k2.optimize;

/** Which stages run. */
public enum Strategy {
  /** All of them, from cheap to dear. */
  ALL,
  /** Only directed rewrites. */
  REWRITE,
  /** Only synthesis in windows. */
  SYNTHESIS,
  /** Only K2's stochastic search. */
  STOCHASTIC
}
