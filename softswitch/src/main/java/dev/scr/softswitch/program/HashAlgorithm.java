package dev.scr.softswitch.program;

import java.util.Optional;

/** The hash algorithms that calculations name, all over whole bytes. */
public enum HashAlgorithm {
  /** CRC-16/ARC: polynomial 0x8005, reflected. */
  CRC16("crc16") {
    @Override
    long hash(byte[] bytes, int length) {
      return Crc.CRC16.compute(bytes, length);
    }
  },
  /** CRC-32 as in Ethernet. */
  CRC32("crc32") {
    @Override
    long hash(byte[] bytes, int length) {
      return Crc.CRC32.compute(bytes, length);
    }
  },
  /** CRC-16 with polynomial 0x1021 and initial value 0xffff, not reflected. */
  CRC_CCITT("crcCCITT") {
    @Override
    long hash(byte[] bytes, int length) {
      return Crc.CCITT.compute(bytes, length);
    }
  },
  /** CRC-8 whose parameters the control plane could change; it cannot here. */
  CRC8_CUSTOM("crc8_custom") {
    @Override
    long hash(byte[] bytes, int length) {
      return Crc.CRC8.compute(bytes, length);
    }
  },
  /** As {@link #CRC16}. */
  CRC16_CUSTOM("crc16_custom") {
    @Override
    long hash(byte[] bytes, int length) {
      return Crc.CRC16.compute(bytes, length);
    }
  },
  /** As {@link #CRC32}. */
  CRC32_CUSTOM("crc32_custom") {
    @Override
    long hash(byte[] bytes, int length) {
      return Crc.CRC32.compute(bytes, length);
    }
  },
  /** CRC-64 with polynomial 0x1b, reflected. */
  CRC64_CUSTOM("crc64_custom") {
    @Override
    long hash(byte[] bytes, int length) {
      return Crc.CRC64.compute(bytes, length);
    }
  },
  /** The Internet checksum, RFC 1071. */
  CSUM16("csum16") {
    @Override
    long hash(byte[] bytes, int length) {
      return internetChecksum(bytes, length);
    }
  },
  /** As {@link #CSUM16}. */
  CKSUM16("cksum16") {
    @Override
    long hash(byte[] bytes, int length) {
      return internetChecksum(bytes, length);
    }
  },
  /** The first 8 bytes as a number. */
  IDENTITY("identity") {
    @Override
    long hash(byte[] bytes, int length) {
      long value = 0;
      for (int i = 0; i < Math.min(8, length); i++) {
        value = (value << 8) | (bytes[i] & 0xff);
      }
      return value;
    }
  },
  /** Exclusive or of all 16-bit words; the last is padded with zeros. */
  XOR16("xor16") {
    @Override
    long hash(byte[] bytes, int length) {
      return xorWords(bytes, length, 2);
    }
  },
  /** Exclusive or of all 32-bit words; the last is padded with zeros. */
  XOR32("xor32") {
    @Override
    long hash(byte[] bytes, int length) {
      return xorWords(bytes, length, 4);
    }
  },
  /** XXH64 with seed 0. */
  XXH64("xxh64") {
    @Override
    long hash(byte[] bytes, int length) {
      return XxHash64.hash(bytes, length);
    }
  };

  private final String spelling;

  HashAlgorithm(String spelling) {
    this.spelling = spelling;
  }

  /** The algorithm with that name in the format. */
  public static Optional<HashAlgorithm> named(String name) {
    for (HashAlgorithm algorithm : values()) {
      if (algorithm.spelling.equals(name)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }

  /** The hash of the first {@code length} bytes, unsigned. */
  abstract long hash(byte[] bytes, int length);

  private static long internetChecksum(byte[] bytes, int length) {
    long sum = 0;
    for (int i = 0; i < length; i++) {
      int value = bytes[i] & 0xff;
      sum += (i & 1) == 0 ? value << 8 : value;
    }
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return ~sum & 0xffff;
  }

  private static long xorWords(byte[] bytes, int length, int wordBytes) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value ^= (long) (bytes[i] & 0xff) << (8 * (wordBytes - 1 - i % wordBytes));
    }
    return value;
  }
}
