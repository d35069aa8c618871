package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;

/** Is told how the work goes on; called by the threads that work, one call at a time. */
@FunctionalInterface
public interface Progress {
  /**
   * Something has happened.
   *
   * @param program that it happened to
   * @param stage that is running now
   * @param slots of the best version so far
   */
  void report(ProgramSpec program, String stage, int slots);
}
