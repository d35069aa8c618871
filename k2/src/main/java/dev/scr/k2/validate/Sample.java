package dev.scr.k2.validate;

import java.util.Arrays;
import java.util.HexFormat;

/** An input: a frame, or the bytes of another context. Immutable. */
public final class Sample {
  private final byte[] bytes;

  Sample(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  /** An input of these bytes. */
  public static Sample of(byte[] bytes) {
    return new Sample(bytes);
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** How many bytes. */
  public int length() {
    return bytes.length;
  }

  /** The bytes themselves, for readers. */
  byte[] raw() {
    return bytes;
  }

  /** A number that depends on all bytes, for what goes with them. */
  int hash() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sample that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash();
  }

  /** In hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
