package dev.scr.k2.search;

import java.util.List;

/**
 * Parameters of a Markov chain of K2's search (SIGCOMM'21, section 3 and table 8).
 *
 * @param distance how far two outputs are apart
 * @param average whether the error is divided by the number of tests
 * @param counted which tests add to the error of a candidate that is not proved
 * @param errorWeight alpha
 * @param costWeight beta
 * @param instruction probability of replacing an instruction
 * @param operand of replacing an operand
 * @param nothing of replacing an instruction by nothing
 * @param memoryAndOperand of changing the width of a memory access and its other operand
 * @param memoryWidth of changing only the width of a memory access
 * @param two of replacing two instructions next to each other
 */
public record StochasticSettings(
    Distance distance,
    boolean average,
    Counted counted,
    double errorWeight,
    double costWeight,
    double instruction,
    double operand,
    double nothing,
    double memoryAndOperand,
    double memoryWidth,
    double two) {

  /** How far two outputs are apart. */
  public enum Distance {
    /** The absolute difference of the numbers. */
    ABSOLUTE,
    /** The number of different bits. */
    POPULATION
  }

  /** Which tests add to the error of a candidate that is not proved. */
  public enum Counted {
    /** Those that it fails. */
    FAILED,
    /** Those that it passes: a wrong candidate that passes many is a trap. */
    PASSED
  }

  /** The five settings with which K2 found its best programs; several chains run them. */
  public static final List<StochasticSettings> TABLE_8 =
      List.of(
          row(Distance.ABSOLUTE, false, 5, 0.2, 0.4, 0.15, 0.2, 0, 0.05),
          row(Distance.POPULATION, false, 5, 0.17, 0.33, 0.15, 0.17, 0, 0.18),
          row(Distance.POPULATION, false, 5, 0.2, 0.4, 0.15, 0.2, 0, 0.05),
          row(Distance.ABSOLUTE, false, 5, 0.17, 0.33, 0.15, 0, 0.17, 0.18),
          row(Distance.ABSOLUTE, true, 1.5, 0.17, 0.33, 0.15, 0, 0.17, 0.18));

  private static StochasticSettings row(
      Distance distance,
      boolean average,
      double costWeight,
      double instruction,
      double operand,
      double nothing,
      double memoryAndOperand,
      double memoryWidth,
      double two) {
    return new StochasticSettings(
        distance,
        average,
        Counted.FAILED,
        0.5,
        costWeight,
        instruction,
        operand,
        nothing,
        memoryAndOperand,
        memoryWidth,
        two);
  }

  /** The same with another choice of tests. */
  public StochasticSettings counting(Counted other) {
    return new StochasticSettings(
        distance,
        average,
        other,
        errorWeight,
        costWeight,
        instruction,
        operand,
        nothing,
        memoryAndOperand,
        memoryWidth,
        two);
  }
}
