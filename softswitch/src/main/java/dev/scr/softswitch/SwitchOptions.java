package dev.scr.softswitch;

import java.util.OptionalInt;

/**
 * How a switch behaves whatever program it runs.
 *
 * @param cpuPort the port behind which the control plane is; empty for none
 * @param maxGrowthBytes how much longer than received a frame may become. BMv2 has 512 and corrupts
 *     its memory beyond; this switch has no limit of its own, but drops and counts beyond this one,
 *     so that a program that works here works there
 * @param maxPasses how often one received frame may go through the switch by resubmission,
 *     recirculation or cloning of clones; more is dropped and counted
 * @param seed start of the random numbers that programs ask for
 */
public record SwitchOptions(OptionalInt cpuPort, int maxGrowthBytes, int maxPasses, long seed) {

  /** Value of {@link #maxGrowthBytes} for no limit. */
  public static final int UNLIMITED_GROWTH = Integer.MAX_VALUE;

  private static final int BMV2_GROWTH_BYTES = 512;
  private static final int MAX_PASSES = 1000;
  private static final int LARGEST_PORT = 510;

  /** Checks the numbers. */
  public SwitchOptions {
    if (cpuPort.isPresent() && (cpuPort.getAsInt() < 1 || cpuPort.getAsInt() > LARGEST_PORT)) {
      throw new IllegalArgumentException(
          "expected a CPU port from 1 to " + LARGEST_PORT + ", found " + cpuPort.getAsInt());
    }
    if (maxGrowthBytes < 0 || maxPasses < 1) {
      throw new IllegalArgumentException(
          "expected maxGrowthBytes >= 0 and maxPasses >= 1, found "
              + maxGrowthBytes
              + " and "
              + maxPasses);
    }
  }

  /** BMv2's growth limit, no CPU port. */
  public static SwitchOptions defaults() {
    return new SwitchOptions(OptionalInt.empty(), BMV2_GROWTH_BYTES, MAX_PASSES, 1);
  }

  /** The same with a CPU port. */
  public SwitchOptions withCpuPort(int port) {
    return new SwitchOptions(OptionalInt.of(port), maxGrowthBytes, maxPasses, seed);
  }

  /** The same with another growth limit, or {@link #UNLIMITED_GROWTH}. */
  public SwitchOptions withMaxGrowthBytes(int bytes) {
    return new SwitchOptions(cpuPort, bytes, maxPasses, seed);
  }

  /** The same with another start of random numbers. */
  public SwitchOptions withSeed(long newSeed) {
    return new SwitchOptions(cpuPort, maxGrowthBytes, maxPasses, newSeed);
  }
}
