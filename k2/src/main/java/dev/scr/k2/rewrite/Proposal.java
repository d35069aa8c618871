package dev.scr.k2.rewrite;

import dev.scr.k2.code.Draft;

/** A change that keeps the meaning but may or may not pay: whoever proposes it, another decides. */
interface Proposal {
  /** What the report calls it. */
  String name();

  /** How many possibilities there may be in a draft; they are numbered from 0. */
  int possibilities(Draft draft);

  /**
   * Makes the next change to the scene's draft.
   *
   * @param from number of the first possibility to consider
   * @return number of the possibility that was taken, −1 if there is none from {@code from} on
   */
  int propose(Scene scene, int from);
}
