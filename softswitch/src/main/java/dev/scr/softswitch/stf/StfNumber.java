package dev.scr.softswitch.stf;

import java.math.BigInteger;
import java.util.Locale;

/** STF's numbers: decimal, {@code 0x}, {@code 0b} or {@code 0o}, where {@code *} is any digit. */
final class StfNumber {

  private StfNumber() {}

  static BigInteger parse(String text) {
    int bits = bitsPerDigit(text);
    return bits == 0 ? new BigInteger(text) : new BigInteger(digits(text, '0'), 1 << bits);
  }

  /** The bits that the number says something about; all of {@code width} for a decimal one. */
  static BigInteger mask(String text, int width) {
    int bits = bitsPerDigit(text);
    BigInteger all = BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
    if (bits == 0 || text.indexOf('*') < 0) {
      return all;
    }
    BigInteger mask = BigInteger.ZERO;
    for (char c : text.substring(2).toCharArray()) {
      mask = mask.shiftLeft(bits);
      mask = c == '*' ? mask : mask.or(BigInteger.valueOf((1L << bits) - 1));
    }
    // Digits that are not written are zeros that must match.
    BigInteger written =
        BigInteger.ONE.shiftLeft(bits * (text.length() - 2)).subtract(BigInteger.ONE);
    return mask.or(all.andNot(written)).and(all);
  }

  /** How many leading bits the digits give, as a prefix length. */
  static int prefixLength(String text, int width) {
    int bits = bitsPerDigit(text);
    if (bits == 0) {
      return width;
    }
    long digits = text.substring(2).chars().filter(c -> c != '*').count();
    return (int) Math.min(width, digits * bits);
  }

  private static String digits(String text, char any) {
    return text.substring(2).replace('*', any);
  }

  private static int bitsPerDigit(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("0x")) {
      return 4;
    }
    if (lower.startsWith("0b")) {
      return 1;
    }
    return lower.startsWith("0o") ? 3 : 0;
  }
}
