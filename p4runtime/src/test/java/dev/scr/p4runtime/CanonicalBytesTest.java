package dev.scr.p4runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CanonicalBytesTest {

  static LongStream seeds() {
    return Samples.seeds();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 00",
    "1, 1, 01",
    "255, 8, ff",
    "256, 9, 0100",
    "511, 9, 01ff",
    "65535, 16, ffff",
    "-1, 64, ffffffffffffffff",
    "1, 128, 01"
  })
  void encodesShortest(long value, int bitwidth, String hex) {
    assertEquals(bytes(hex), CanonicalBytes.encode(value, bitwidth, "f"));
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "512, 9", "65536, 16", "-1, 63"})
  void refusesWhatIsTooWide(long value, int bitwidth) {
    BadValue e =
        assertThrows(BadValue.class, () -> CanonicalBytes.encode(value, bitwidth, "spray.port"));
    assertEquals(Code.OUT_OF_RANGE, e.code());
  }

  @Test
  void saysWhereExpectedAndFound() {
    BadValue e = assertThrows(BadValue.class, () -> CanonicalBytes.encode(512, 9, "spray.port"));
    assertEquals("spray.port: expected 0..511 (9 bits); found 512", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"00, 8, 0", "0000, 8, 0", "0001, 1, 1", "000000ff, 8, 255", "01ff, 9, 511"})
  void decodesLeadingZeros(String hex, int bitwidth, long value) {
    assertEquals(value, CanonicalBytes.decodeLong(bytes(hex), bitwidth, "f"));
  }

  @Test
  void anEmptyStringIsNoValue() {
    BadValue e =
        assertThrows(BadValue.class, () -> CanonicalBytes.decode(ByteString.EMPTY, 8, "f"));
    assertEquals(Code.INVALID_ARGUMENT, e.code());
  }

  @Test
  void decodingChecksTheWidth() {
    BadValue e = assertThrows(BadValue.class, () -> CanonicalBytes.decode(bytes("0200"), 9, "f"));
    assertEquals(Code.OUT_OF_RANGE, e.code());
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void roundTrips(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int bitwidth = random.nextInt(1, 200);
    byte[] raw = new byte[(bitwidth + 7) / 8];
    random.nextBytes(raw);
    BigInteger value =
        new BigInteger(1, raw).shiftRight(raw.length * 8 - bitwidth + random.nextInt(bitwidth));

    ByteString encoded = CanonicalBytes.encode(value, bitwidth, "f");
    ByteString padded = ByteString.copyFrom(new byte[random.nextInt(4)]).concat(encoded);

    assertTrue(CanonicalBytes.isCanonical(encoded));
    assertEquals(Math.max(1, (value.bitLength() + 7) / 8), encoded.size());
    assertEquals(value, CanonicalBytes.decode(padded, bitwidth, "f"));
    assertEquals(encoded, CanonicalBytes.canonical(padded));
    assertEquals(encoded.equals(padded), CanonicalBytes.isCanonical(padded));
    BigInteger tooWide = value.setBit(bitwidth);
    assertThrows(BadValue.class, () -> CanonicalBytes.encode(tooWide, bitwidth, "f"));
  }

  @Test
  void emptyIsNotCanonical() {
    assertFalse(CanonicalBytes.isCanonical(ByteString.EMPTY));
    assertEquals(bytes("00"), CanonicalBytes.canonical(ByteString.EMPTY));
  }

  private static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }
}
