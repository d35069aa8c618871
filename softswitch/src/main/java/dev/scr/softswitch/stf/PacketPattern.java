package dev.scr.softswitch.stf;

import java.util.HexFormat;
import java.util.Locale;

/**
 * The bytes that a packet must have.
 *
 * @param digits hexadecimal digits in lower case, {@code *} for any
 * @param exactLength whether the packet must end where the digits do; it may be longer otherwise
 */
public record PacketPattern(String digits, boolean exactLength) {

  /** Reads {@code 0a*b...}, with a {@code $} at the end for the exact length. */
  static PacketPattern parse(String text) {
    boolean exact = text.endsWith("$");
    String digits = exact ? text.substring(0, text.length() - 1) : text;
    return new PacketPattern(digits.toLowerCase(Locale.ROOT), exact);
  }

  /** Whether a packet is as expected. */
  public boolean matches(byte[] packet) {
    String found = HexFormat.of().formatHex(packet);
    if (found.length() < digits.length() || (exactLength && found.length() > digits.length())) {
      return false;
    }
    for (int i = 0; i < digits.length(); i++) {
      if (digits.charAt(i) != '*' && digits.charAt(i) != found.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return digits + (exactLength ? "$" : "");
  }
}
