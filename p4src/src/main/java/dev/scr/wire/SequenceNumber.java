package dev.scr.wire;

/**
 * Arithmetic of 32-bit sequence numbers that wrap (RFC 1982): a number is newer than another if it
 * is less than 2<sup>31</sup> steps ahead of it. The first packet of a sequencer has number 1.
 */
public final class SequenceNumber {
  private SequenceNumber() {}

  /** Whether {@code a} comes after {@code b}. */
  public static boolean isNewer(int a, int b) {
    return a - b > 0;
  }

  /** The number as people read it. */
  public static String toString(int sequence) {
    return Integer.toUnsignedString(sequence);
  }
}
