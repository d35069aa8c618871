package dev.scr.softswitch.program;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published check values: the hash of the text "123456789", and of a header from RFC 1071. */
class HashAlgorithmTest {

  @ParameterizedTest
  @CsvSource({
    "crc16, bb3d",
    "crc16_custom, bb3d",
    "crc32, cbf43926",
    "crc32_custom, cbf43926",
    "crcCCITT, 29b1",
    "crc8_custom, f4",
    "xxh64, 8cb841db40e6ae83",
    "identity, 3132333435363738"
  })
  void checkValues(String name, String expected) {
    byte[] bytes = "123456789".getBytes(StandardCharsets.US_ASCII);
    HashAlgorithm algorithm = HashAlgorithm.named(name).orElseThrow();
    assertEquals(Long.parseUnsignedLong(expected, 16), algorithm.hash(bytes, bytes.length), name);
  }

  @Test
  void internetChecksum() {
    byte[] header = HexFormat.of().parseHex("0001f203f4f5f6f7");
    assertEquals(0x220d, HashAlgorithm.CSUM16.hash(header, header.length));
    byte[] odd = {1};
    assertEquals(0xfeff, HashAlgorithm.CKSUM16.hash(odd, 1));
  }

  @Test
  void exclusiveOrOfWordsPadsTheLastWithZeros() {
    byte[] bytes = {0x12, 0x34, 0x56};
    assertEquals(0x1234 ^ 0x5600, HashAlgorithm.XOR16.hash(bytes, 3));
    assertEquals(0x12345600L, HashAlgorithm.XOR32.hash(bytes, 3));
  }

  @Test
  void crc32IsJavas() {
    byte[] bytes = new byte[1000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31);
      CRC32 crc = new CRC32();
      crc.update(bytes, 0, i);
      assertEquals(crc.getValue(), HashAlgorithm.CRC32.hash(bytes, i));
    }
  }

  @Test
  void longInputsOfXxHash() {
    assertEquals(0xef46db3751d8e999L, HashAlgorithm.XXH64.hash(new byte[0], 0));
  }
}
