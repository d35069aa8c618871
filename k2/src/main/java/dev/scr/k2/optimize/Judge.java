package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;

/** Says whether a candidate can stand in the original's place. May be asked by any thread. */
interface Judge {
  /** Whether the kernel's verifier accepts it, or cannot be asked, or refuses the original too. */
  boolean loads(ProgramSpec candidate);

  /**
   * Whether it is proved to be equivalent, perhaps in a step from the last program of which this
   * was asked and that was; nothing else.
   */
  boolean proves(ProgramSpec candidate);

  /** Whether it also is proved to be equivalent, and runs alike on some inputs. */
  boolean passes(ProgramSpec candidate);
}
