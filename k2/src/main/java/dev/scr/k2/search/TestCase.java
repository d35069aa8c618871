package dev.scr.k2.search;

import java.util.Arrays;

/**
 * One concrete input of a window: registers, the address of each region, and the bytes of each
 * region that the window's layout covers. Not to be changed after it was added to a set.
 */
public final class TestCase {
  final long[] registers;
  final long[] bases;
  final byte[][] memory;

  TestCase(long[] registers, long[] bases, byte[][] memory) {
    this.registers = registers;
    this.bases = bases;
    this.memory = memory;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TestCase that
        && Arrays.equals(registers, that.registers)
        && Arrays.equals(bases, that.bases)
        && Arrays.deepEquals(memory, that.memory);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(registers) * 31 + Arrays.deepHashCode(memory);
  }

  @Override
  public String toString() {
    return "registers " + hex(registers) + ", regions at " + hex(bases);
  }

  private static String hex(long[] numbers) {
    return String.join(
        " ", Arrays.stream(numbers).mapToObj(n -> "0x" + Long.toHexString(n)).toList());
  }
}
