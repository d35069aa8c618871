package dev.scr.hosts.strategy;

import java.util.HexFormat;

/**
 * The hash by which network cards spread flows over receive queues: for every bit of the input that
 * is set, the 32 bits of the key from there on are added without carry. Immutable.
 */
public final class ToeplitzHash {
  /** Bytes of a key: enough for the addresses and ports of IPv6. */
  public static final int KEY_BYTES = 40;

  private final byte[] key;

  private ToeplitzHash(byte[] key) {
    this.key = key;
  }

  /**
   * A hash with a key in hexadecimal digits.
   *
   * @throws IllegalArgumentException if it does not have {@link #KEY_BYTES}
   */
  public static ToeplitzHash of(String hexKey) {
    byte[] key = HexFormat.of().parseHex(hexKey);
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "RSS key: expected " + KEY_BYTES + " bytes, found " + key.length);
    }
    return new ToeplitzHash(key);
  }

  /**
   * The key {@code 6d5a} repeated (Woo and Park, 2012): both directions of a flow get the same
   * hash, because the key looks the same 16 and 32 bits further on.
   */
  public static ToeplitzHash symmetric() {
    return of("6d5a".repeat(KEY_BYTES / 2));
  }

  /** The hash of the first {@code length} bytes, at most 36. */
  public int hash(byte[] input, int length) {
    int hash = 0;
    int window = word(0);
    for (int at = 0; at < length; at++) {
      int next = key[at + Integer.BYTES];
      for (int bit = 7; bit >= 0; bit--) {
        if (((input[at] >> bit) & 1) != 0) {
          hash ^= window;
        }
        window = (window << 1) | ((next >> bit) & 1);
      }
    }
    return hash;
  }

  private int word(int at) {
    return ((key[at] & 0xff) << 24)
        | ((key[at + 1] & 0xff) << 16)
        | ((key[at + 2] & 0xff) << 8)
        | (key[at + 3] & 0xff);
  }
}
