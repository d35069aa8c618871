package dev.scr.k2.validate;

import java.util.function.BooleanSupplier;

/**
 * How much is tried.
 *
 * @param inputs at each place that can run the programs
 * @param seed of inputs and of what maps hold
 * @param kernel whether the kernel is asked, too
 * @param cancelled asked between inputs; once it says yes, the report tells how far it came
 */
public record DifferentialOptions(
    int inputs, long seed, boolean kernel, BooleanSupplier cancelled) {
  /** As many inputs as a benchmark tries. */
  public static final int MANY = 10_000;

  /** This many inputs everywhere. */
  public static DifferentialOptions of(int inputs, long seed) {
    return new DifferentialOptions(inputs, seed, true, () -> false);
  }
}
