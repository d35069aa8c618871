package dev.scr.k2.rewrite;

/** A change that keeps the meaning but may or may not pay: whoever proposes it, another decides. */
interface Proposal {
  /** What the report calls it. */
  String name();

  /**
   * Makes the next change to the scene's draft.
   *
   * @param from number of the first possibility to consider; the numbering is the proposal's own
   * @return number of the possibility that was taken, −1 if there is none from {@code from} on
   */
  int propose(Scene scene, int from);
}
