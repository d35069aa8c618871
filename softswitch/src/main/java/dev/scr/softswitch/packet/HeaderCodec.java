package dev.scr.softswitch.packet;

import dev.scr.softswitch.packet.FieldLayout.Storage;
import java.math.BigInteger;

/**
 * Moves one header between packet bytes and the header vector. Knows the wire order of the fields
 * as flat arrays, so that the loop per packet looks at nothing else.
 */
public final class HeaderCodec {

  private final Storage[] storage;
  private final boolean[] signed;
  private final int[] bits;
  private final int[] slot;

  /** A codec for headers of that type. */
  public HeaderCodec(HeaderLayout type) {
    int count = type.fields().size();
    storage = new Storage[count];
    signed = new boolean[count];
    bits = new int[count];
    slot = new int[count];
    for (int i = 0; i < count; i++) {
      FieldLayout field = type.fields().get(i);
      storage[i] = field.storage();
      signed[i] = field.signed();
      bits[i] = field.bits();
      slot[i] = field.slot();
    }
  }

  /**
   * Reads a header's fields; the caller has checked that the bytes are there.
   *
   * @param bit position of the header in {@code bytes}, in bits
   * @param variableBits length of the variable-length field, 0 if there is none
   */
  public void extract(Phv phv, int header, byte[] bytes, int bit, int variableBits) {
    int narrowBase = phv.layout().narrowBase[header];
    int wideBase = phv.layout().wideBase[header];
    int at = bit;
    for (int i = 0; i < storage.length; i++) {
      int width = bits[i];
      switch (storage[i]) {
        case NARROW -> {
          long value = Bits.read(bytes, at, width);
          phv.narrow[narrowBase + slot[i]] = signed[i] ? Bits.signExtend(value, width) : value;
        }
        case WIDE -> phv.wide[wideBase + slot[i]] = readWide(bytes, at, width, signed[i]);
        case VARIABLE -> {
          width = variableBits;
          phv.wide[wideBase + slot[i]] = Bits.readWide(bytes, at, width);
        }
      }
      at += width;
    }
    phv.setVariableBits(header, variableBits);
  }

  private static BigInteger readWide(byte[] bytes, int at, int width, boolean signed) {
    BigInteger value = Bits.readWide(bytes, at, width);
    return signed && value.testBit(width - 1)
        ? value.subtract(BigInteger.ONE.shiftLeft(width))
        : value;
  }

  /** Writes a header's fields at a bit position. */
  public void deparse(Phv phv, int header, byte[] bytes, int bit) {
    int narrowBase = phv.layout().narrowBase[header];
    int wideBase = phv.layout().wideBase[header];
    int at = bit;
    for (int i = 0; i < storage.length; i++) {
      int width = bits[i];
      switch (storage[i]) {
        case NARROW -> Bits.write(bytes, at, width, phv.narrow[narrowBase + slot[i]]);
        case WIDE -> Bits.writeWide(bytes, at, width, phv.wide[wideBase + slot[i]]);
        case VARIABLE -> {
          width = phv.variableBits(header);
          Bits.writeWide(bytes, at, width, phv.wide[wideBase + slot[i]]);
        }
      }
      at += width;
    }
  }
}
