package dev.scr.ebpf.map;

import java.util.Arrays;
import java.util.HexFormat;

/** A copy of an entry. Ordered by key, as unsigned bytes. */
@SuppressWarnings("ArrayRecordComponent") // compared by content
public record MapEntry(byte[] key, byte[] value) implements Comparable<MapEntry> {
  @Override
  public int compareTo(MapEntry other) {
    return Arrays.compareUnsigned(key, other.key);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MapEntry that
        && Arrays.equals(key, that.key)
        && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(key) + Arrays.hashCode(value);
  }

  /** Key and value in hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(key) + " " + HexFormat.of().formatHex(value);
  }
}
