package dev.scr.ebpf.meaning;

/**
 * An algebra of 64-bit vectors in which the meaning of the instruction set is expressed.
 *
 * <p>Shift amounts are below 64. Division by zero is never asked for its value: where a divisor can
 * be zero, the meaning chooses with {@link #choose}; an algebra that evaluates both branches must
 * return anything at all, not fail.
 *
 * @param <V> a 64-bit value
 * @param <C> a condition
 */
public interface BitVectors<V, C> {
  /** The constant. */
  V constant(long value);

  /** Sum modulo 2^64. */
  V add(V a, V b);

  /** Difference modulo 2^64. */
  V subtract(V a, V b);

  /** Product modulo 2^64. */
  V multiply(V a, V b);

  /** Unsigned quotient. */
  V divideUnsigned(V a, V b);

  /** Unsigned remainder. */
  V remainderUnsigned(V a, V b);

  /** Signed quotient, rounded to zero; −2^63 / −1 = −2^63. */
  V divideSigned(V a, V b);

  /** Signed remainder with the sign of {@code a}; −2^63 rem −1 = 0. */
  V remainderSigned(V a, V b);

  /** Bitwise and. */
  V and(V a, V b);

  /** Bitwise or. */
  V or(V a, V b);

  /** Bitwise exclusive or. */
  V xor(V a, V b);

  /** Shift to the left by {@code amount} below 64. */
  V shiftLeft(V a, V amount);

  /** Shift to the right by {@code amount} below 64, filled with zeros. */
  V shiftRight(V a, V amount);

  /** Shift to the right by {@code amount} below 64, filled with the sign. */
  V shiftRightSigned(V a, V amount);

  /** The lower {@code bits} (8, 16, 32 or 64), zeros above. */
  V zeroExtend(V a, int bits);

  /** The lower {@code bits} (8, 16, 32 or 64), copies of their sign above. */
  V signExtend(V a, int bits);

  /** The eight bytes in reverse order. */
  V reverseBytes(V a);

  /** a = b. */
  C equal(V a, V b);

  /** a &lt; b as unsigned numbers. */
  C lessUnsigned(V a, V b);

  /** a &lt; b as signed numbers. */
  C lessSigned(V a, V b);

  /** The opposite. */
  C not(C c);

  /** {@code then} if the condition holds, else {@code otherwise}. */
  V choose(C c, V then, V otherwise);
}
