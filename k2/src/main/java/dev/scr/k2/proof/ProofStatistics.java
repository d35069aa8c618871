package dev.scr.k2.proof;

/**
 * What a proof took.
 *
 * @param steps programs after the original that were proved one after the other; 0 for a proof of
 *     the whole at once
 * @param regions parts between cut points that were compared in all steps; 0 for a proof of the
 *     whole at once
 * @param paths pairs of paths, one of each program, that can be taken by the same input
 * @param byNormalForm pairs whose results have the same normal form
 * @param bySolver pairs that Z3 found equal
 * @param solverQuestions all questions to Z3, those about paths included
 * @param solverNanos time in Z3
 * @param nanos time altogether
 */
public record ProofStatistics(
    int steps,
    int regions,
    int paths,
    int byNormalForm,
    int bySolver,
    long solverQuestions,
    long solverNanos,
    long nanos) {
  /** Nothing was proved yet. */
  public static final ProofStatistics NONE = new ProofStatistics(0, 0, 0, 0, 0, 0, 0, 0);

  /** What this proof and one that goes on from where it ends took. */
  public ProofStatistics and(ProofStatistics next) {
    return new ProofStatistics(
        Math.max(1, steps) + Math.max(1, next.steps),
        regions + next.regions,
        paths + next.paths,
        byNormalForm + next.byNormalForm,
        bySolver + next.bySolver,
        solverQuestions + next.solverQuestions,
        solverNanos + next.solverNanos,
        nanos + next.nanos);
  }

  /** In words: how much there was to prove. */
  @Override
  public String toString() {
    return regions == 0
        ? paths
            + " pairs of paths, "
            + byNormalForm
            + " by normal form, "
            + bySolver
            + " by the solver"
        : steps
            + (steps == 1 ? " step, " : " steps, ")
            + regions
            + " regions, "
            + paths
            + " pairs of paths, "
            + byNormalForm
            + " by normal form, "
            + bySolver
            + " by the solver";
  }
}
