package dev.scr.softswitch.state;

import dev.scr.softswitch.packet.Bits;

/**
 * A key field of a table.
 *
 * @param name as the control plane knows it
 * @param kind how it matches
 * @param bits its width
 */
public record KeyField(String name, MatchKind kind, int bits) {

  /** How many 64-bit words of the lookup key it takes. */
  public int words() {
    return Bits.words(bits);
  }
}
