package dev.scr.softswitch.packet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Bit fields in byte arrays, most significant bit first as on the wire. Positions are in bits from
 * the start of the array. No method checks more than Java does: the caller has checked lengths.
 */
public final class Bits {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Bits() {}

  /** The {@code width} (1 to 64) bits at {@code position}, in the low bits of the result. */
  public static long read(byte[] bytes, int position, int width) {
    int at = position >>> 3;
    int shift = position & 7;
    if (shift + width <= 64 && at + 8 <= bytes.length) {
      return ((long) LONG.get(bytes, at) << shift) >>> (64 - width);
    }
    long value = 0;
    int end = position + width;
    int last = (end - 1) >>> 3;
    for (int i = at; i < last; i++) {
      value = (value << 8) | (bytes[i] & 0xff);
    }
    int used = end - (last << 3);
    value = (value << used) | ((bytes[last] & 0xff) >>> (8 - used));
    return width == 64 ? value : value & ((1L << width) - 1);
  }

  /** Writes the low {@code width} (1 to 64) bits of {@code value}; leaves the bits around alone. */
  public static void write(byte[] bytes, int position, int width, long value) {
    if ((position & 7) == 0 && (width & 7) == 0) {
      int at = position >>> 3;
      if (width == 64) {
        LONG.set(bytes, at, value);
        return;
      }
      for (int shift = width - 8; shift >= 0; shift -= 8) {
        bytes[at++] = (byte) (value >>> shift);
      }
      return;
    }
    writeUnaligned(bytes, position, width, value);
  }

  private static void writeUnaligned(byte[] bytes, int position, int width, long value) {
    int left = width;
    int at = position;
    while (left > 0) {
      int room = 8 - (at & 7);
      int part = Math.min(room, left);
      int bits = (int) (value >>> (left - part)) & ((1 << part) - 1);
      int shift = room - part;
      int mask = ((1 << part) - 1) << shift;
      int index = at >>> 3;
      bytes[index] = (byte) ((bytes[index] & ~mask) | (bits << shift));
      at += part;
      left -= part;
    }
  }

  /** The {@code width} (any) bits at {@code position} as a number >= 0. */
  public static BigInteger readWide(byte[] bytes, int position, int width) {
    if (width == 0) {
      return BigInteger.ZERO;
    }
    int first = position >>> 3;
    int end = position + width;
    int last = (end + 7) >>> 3;
    BigInteger value = new BigInteger(1, bytes, first, last - first);
    int spare = (last << 3) - end;
    if (spare > 0) {
      value = value.shiftRight(spare);
    }
    return value.bitLength() > width ? lowBits(value, width) : value;
  }

  /** Writes the low {@code width} (any) bits of a number, in two's complement if it is negative. */
  public static void writeWide(byte[] bytes, int position, int width, BigInteger value) {
    int left = width;
    int at = position;
    while (left > 0) {
      int part = Math.min(left, ((left - 1) & 63) + 1);
      write(bytes, at, part, value.shiftRight(left - part).longValue());
      at += part;
      left -= part;
    }
  }

  /** The low {@code width} bits of a number as a number >= 0. */
  public static BigInteger lowBits(BigInteger value, int width) {
    return value.signum() >= 0 && value.bitLength() <= width ? value : value.and(mask(width));
  }

  /** {@code 2^width - 1}. */
  public static BigInteger mask(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }

  /** The mask of the low {@code width} (0 to 64) bits. */
  public static long longMask(int width) {
    return width == 64 ? -1L : (1L << width) - 1;
  }

  /** The low {@code width} (1 to 64) bits of a number, sign-extended. */
  public static long signExtend(long value, int width) {
    int spare = 64 - width;
    return (value << spare) >> spare;
  }

  /** A long that holds an unsigned number, as a number. */
  public static BigInteger unsigned(long value) {
    BigInteger number = BigInteger.valueOf(value);
    return value >= 0 ? number : lowBits(number, 64);
  }

  /** Number of 64-bit words for {@code width} bits. */
  public static int words(int width) {
    return (width + 63) >>> 6;
  }

  /** Puts the low bits of a number into words, most significant word first. */
  public static void toWords(BigInteger value, long[] words, int offset, int count) {
    for (int i = 0; i < count; i++) {
      words[offset + i] =
          count == 1 ? value.longValue() : value.shiftRight(64 * (count - 1 - i)).longValue();
    }
  }

  /** A number >= 0 as exactly {@code width} bits in the fewest whole bytes, left-padded. */
  public static byte[] toBytes(BigInteger value, int width) {
    byte[] bytes = new byte[(width + 7) / 8];
    byte[] minimal = lowBits(value, width).toByteArray();
    int skip = Math.max(0, minimal.length - bytes.length);
    int count = minimal.length - skip;
    System.arraycopy(minimal, skip, bytes, bytes.length - count, count);
    return bytes;
  }

  /** A copy of a part of an array. */
  public static byte[] copy(byte[] bytes, int offset, int length) {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }
}
