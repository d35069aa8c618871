package dev.scr.k2.optimize;

import dev.scr.ebpf.object.ProgramSpec;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A part of the work: makes a program cheaper. */
interface Stage {
  /** What reports call it. */
  String name();

  /**
   * Makes a program cheaper, or returns it.
   *
   * @param judge says whether a candidate can stand in the program's place
   * @param stop asked often; once it says yes, the best so far is returned
   */
  Step run(ProgramSpec program, OptimizerOptions options, Judge judge, BooleanSupplier stop);

  /**
   * What a stage did.
   *
   * @param program cheaper, or the one that went in
   * @param applied how often what was applied
   * @param proofs questions that were answered by proof
   * @param solverSeconds spent in the solver
   * @param leftOut what the judge has turned away, and the rest went on without; empty if nothing
   */
  record Step(
      ProgramSpec program,
      Map<String, Integer> applied,
      long proofs,
      double solverSeconds,
      String leftOut) {
    /** Nothing was left out. */
    Step(ProgramSpec program, Map<String, Integer> applied, long proofs, double solverSeconds) {
      this(program, applied, proofs, solverSeconds, "");
    }

    static Step nothing(ProgramSpec program) {
      return new Step(program, Map.of(), 0, 0);
    }
  }
}
