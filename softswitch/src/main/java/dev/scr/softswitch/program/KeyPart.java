package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.packet.Packet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One field of a lookup or transition key.
 *
 * @param value what is looked up
 * @param header the header that must be valid for the value to count, or -1; 0 counts otherwise
 * @param offset first word of the key that it takes
 * @param bits its width
 * @param mask what is kept of it, one word per word, or null for all
 */
@SuppressWarnings("ArrayRecordComponent") // read per packet, never compared
public record KeyPart(Arith value, int header, int offset, int bits, long @Nullable [] mask) {

  /** How many words of the key it takes. */
  public int words() {
    return Bits.words(bits);
  }

  void write(Packet packet, long[] key) {
    if (header >= 0 && !packet.phv.isValid(header)) {
      Arrays.fill(key, offset, offset + words(), 0);
      return;
    }
    if (bits <= 64) {
      // Signed fields are sign-extended in their slot; a key holds the bits of the field only.
      long word = value.low(packet) & Bits.longMask(bits);
      key[offset] = mask == null ? word : word & mask[0];
      return;
    }
    Bits.toWords(Bits.lowBits(value.exact(packet), bits), key, offset, words());
    if (mask != null) {
      for (int i = 0; i < mask.length; i++) {
        key[offset + i] &= mask[i];
      }
    }
  }
}
