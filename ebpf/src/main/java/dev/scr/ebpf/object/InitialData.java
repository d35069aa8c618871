package dev.scr.ebpf.object;

import java.util.Arrays;

/** What a global data section holds before the program runs. Immutable. */
public final class InitialData {
  private final byte[] bytes;

  InitialData(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InitialData that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
