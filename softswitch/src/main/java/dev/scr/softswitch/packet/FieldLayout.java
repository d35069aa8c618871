package dev.scr.softswitch.packet;

/**
 * Where a field lives in a header vector and on the wire.
 *
 * @param name the P4 name, unique in its header
 * @param bits the width; the largest width for a variable-length field
 * @param signed whether values are in two's complement
 * @param saturating whether assignments clamp instead of wrapping around
 * @param storage which kind of slot holds it
 * @param slot index among the header's slots of that kind
 * @param bitOffset position in the header on the wire, not counting a variable-length field before
 */
public record FieldLayout(
    String name,
    int bits,
    boolean signed,
    boolean saturating,
    Storage storage,
    int slot,
    int bitOffset) {

  /** The kind of slot that holds a field's value. */
  public enum Storage {
    /** At most 64 bits, in a {@code long}: sign-extended if signed, else zero-extended. */
    NARROW,
    /** More than 64 bits, as a {@code BigInteger}. */
    WIDE,
    /** Variable length, as a {@code BigInteger}; the header knows the current length. */
    VARIABLE
  }
}
