package dev.scr.linux.net;

import java.util.HexFormat;

/** A 48-bit Ethernet address in the low bits of {@code value}, first byte on the wire highest. */
public record MacAddress(long value) {
  public static final int BYTES = 6;

  public MacAddress {
    if (value >>> 48 != 0) {
      throw new IllegalArgumentException(
          "MAC address: expected 48 bits, found " + Long.toHexString(value));
    }
  }

  /** Reads six bytes as they are on the wire. */
  public static MacAddress of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("MAC address: expected 6 bytes, found " + bytes.length);
    }
    long value = 0;
    for (byte b : bytes) {
      value = (value << 8) | (b & 0xff);
    }
    return new MacAddress(value);
  }

  public byte[] toBytes() {
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = (byte) (value >>> (8 * (BYTES - 1 - i)));
    }
    return bytes;
  }

  /** As {@code ip link} prints it. */
  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":").formatHex(toBytes());
  }
}
