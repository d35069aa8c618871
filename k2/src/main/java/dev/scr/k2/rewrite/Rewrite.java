package dev.scr.k2.rewrite;

/** Changes a program so that it means the same. */
interface Rewrite {
  /** What the report calls it. */
  String name();

  /**
   * Changes the scene's draft, wherever it applies; the scene knows of the change when this
   * returns.
   *
   * @return how many places changed
   */
  int apply(Scene scene);
}
