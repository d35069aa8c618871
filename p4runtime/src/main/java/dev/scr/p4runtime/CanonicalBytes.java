package dev.scr.p4runtime;

import com.google.protobuf.ByteString;
import java.math.BigInteger;

/**
 * Numbers as P4Runtime's byte strings: unsigned, big-endian, as short as the value allows, zero as
 * one zero byte, never empty. What others send may have leading zeros; what we send has none.
 */
public final class CanonicalBytes {
  private static final ByteString ZERO = ByteString.copyFrom(new byte[] {0});

  private CanonicalBytes() {}

  /**
   * Encodes a number.
   *
   * @param value the number; its 64 bits are unsigned
   * @param bitwidth bits of the field, 1 or more
   * @param what what messages call the field, as in {@code spray.worker}
   * @throws BadValue (OUT_OF_RANGE) if the field is too narrow
   */
  public static ByteString encode(long value, int bitwidth, String what) {
    return encode(unsigned(value), bitwidth, what);
  }

  /** Encodes a number of any size; as {@link #encode(long, int, String)}. */
  public static ByteString encode(BigInteger value, int bitwidth, String what) {
    if (value.signum() < 0 || value.bitLength() > bitwidth) {
      throw tooWide(value, bitwidth, what);
    }
    return canonical(ByteString.copyFrom(value.toByteArray()));
  }

  /**
   * Decodes a byte string, leading zeros or not.
   *
   * @param bitwidth bits of the field, 1 or more
   * @param what what messages call the field
   * @throws BadValue INVALID_ARGUMENT if it is empty, OUT_OF_RANGE if the field is too narrow
   */
  public static BigInteger decode(ByteString bytes, int bitwidth, String what) {
    if (bytes.isEmpty()) {
      throw BadValue.malformed(
          what + ": expected a value of " + bitwidth + " bits; found an empty byte string");
    }
    BigInteger value = new BigInteger(1, bytes.toByteArray());
    if (value.bitLength() > bitwidth) {
      throw tooWide(value, bitwidth, what);
    }
    return value;
  }

  /**
   * Decodes a byte string of a field with at most 64 bits; as {@link #decode}.
   *
   * @return the 64 bits, unsigned
   */
  public static long decodeLong(ByteString bytes, int bitwidth, String what) {
    if (bitwidth > Long.SIZE) {
      throw new IllegalArgumentException(what + ": bitwidth=" + bitwidth + " > " + Long.SIZE);
    }
    return decode(bytes, bitwidth, what).longValue();
  }

  /** The same number without leading zeros; of an empty string: zero. */
  public static ByteString canonical(ByteString bytes) {
    int zeros = 0;
    while (zeros < bytes.size() && bytes.byteAt(zeros) == 0) {
      zeros++;
    }
    return zeros == bytes.size() ? ZERO : bytes.substring(zeros);
  }

  /** Whether a byte string is the one way to write its number. */
  public static boolean isCanonical(ByteString bytes) {
    return !bytes.isEmpty() && (bytes.size() == 1 || bytes.byteAt(0) != 0);
  }

  private static BigInteger unsigned(long value) {
    BigInteger signed = BigInteger.valueOf(value);
    return value >= 0 ? signed : signed.add(BigInteger.ONE.shiftLeft(Long.SIZE));
  }

  private static BadValue tooWide(BigInteger value, int bitwidth, String what) {
    BigInteger max = BigInteger.ONE.shiftLeft(bitwidth).subtract(BigInteger.ONE);
    return BadValue.tooWide(
        what + ": expected 0.." + max + " (" + bitwidth + " bits); found " + value);
  }
}
