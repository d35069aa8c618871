package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.proof.EquivalenceChecker;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Proves the programs on a way one after the other, so that the last needs to be proved only from
 * the one before it. Of large programs it is often too much to prove all changes at once.
 */
final class Climb {
  /** Programs in a row that cannot be proved, after which the way is given up. */
  private static final int PATIENCE = 3;

  private Climb() {}

  /** Whether a program is so large that this pays. */
  static boolean pays(ProgramSpec program) {
    return program.code().size() >= EquivalenceChecker.LARGE;
  }

  /** Goes as far as proofs go. */
  static void up(List<ProgramSpec> way, Judge judge, BooleanSupplier stop) {
    int failures = 0;
    for (ProgramSpec next : way) {
      if (stop.getAsBoolean() || failures >= PATIENCE) {
        return;
      }
      failures = judge.proves(next) ? 0 : failures + 1;
    }
  }
}
