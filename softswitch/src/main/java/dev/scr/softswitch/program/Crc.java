package dev.scr.softswitch.program;

/** Cyclic redundancy checks by table, described by the usual parameters of the Rocksoft model. */
final class Crc {

  static final Crc CRC8 = new Crc(8, 0x07, 0, 0, false);
  static final Crc CRC16 = new Crc(16, 0x8005, 0, 0, true);
  static final Crc CCITT = new Crc(16, 0x1021, 0xffff, 0, false);
  static final Crc CRC32 = new Crc(32, 0x04c11db7L, 0xffffffffL, 0xffffffffL, true);
  static final Crc CRC64 = new Crc(64, 0x1bL, 0, 0, true);

  private final int width;
  private final long mask;
  private final long initial;
  private final long finalXor;
  private final boolean reflected;
  private final long[] table = new long[256];

  Crc(int width, long polynomial, long initial, long finalXor, boolean reflected) {
    this.width = width;
    this.initial = initial;
    this.finalXor = finalXor;
    this.reflected = reflected;
    mask = width == 64 ? -1L : (1L << width) - 1;
    long reversed = Long.reverse(polynomial) >>> (64 - width);
    for (int i = 0; i < table.length; i++) {
      table[i] = reflected ? reflectedEntry(i, reversed) : plainEntry(i, polynomial);
    }
  }

  private static long reflectedEntry(int index, long reversed) {
    long remainder = index;
    for (int bit = 0; bit < 8; bit++) {
      remainder = (remainder & 1) != 0 ? (remainder >>> 1) ^ reversed : remainder >>> 1;
    }
    return remainder;
  }

  private long plainEntry(int index, long polynomial) {
    long top = 1L << (width - 1);
    long remainder = (long) index << (width - 8);
    for (int bit = 0; bit < 8; bit++) {
      remainder = (remainder & top) != 0 ? (remainder << 1) ^ polynomial : remainder << 1;
    }
    return remainder & mask;
  }

  long compute(byte[] bytes, int length) {
    long remainder = initial;
    for (int i = 0; i < length; i++) {
      if (reflected) {
        remainder = (remainder >>> 8) ^ table[(int) (remainder ^ bytes[i]) & 0xff];
      } else {
        int index = (int) (remainder >>> (width - 8) ^ bytes[i]) & 0xff;
        remainder = ((remainder << 8) ^ table[index]) & mask;
      }
    }
    return (remainder ^ finalXor) & mask;
  }
}
