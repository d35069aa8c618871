package dev.scr.ebpf.isa;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodecTest {
  private static final long SEED = Long.getLong("seed", 20260101);

  @Test
  void everyInstructionSurvivesEncodingAndDecoding() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 500; round++) {
      List<Instruction> all = RandomInstructions.everyForm(random);
      assertEquals(all, Codec.decode(Codec.encode(all)), "seed " + SEED + " round " + round);
    }
  }

  /** Decoding is strict: what decodes encodes to the same bytes, whatever the bytes are. */
  @Test
  void randomBytesAreRefusedOrSurvive() {
    SplittableRandom random = new SplittableRandom(SEED);
    int decoded = 0;
    for (int round = 0; round < 40_000; round++) {
      byte[] bytes = new byte[8];
      random.nextBytes(bytes);
      if (random.nextInt(2) == 0) {
        Arrays.fill(bytes, 2, random.nextInt(2, 8), (byte) 0);
      }
      try {
        List<Instruction> instructions = Codec.decode(bytes);
        assertArrayEquals(bytes, Codec.encode(instructions), instructions.toString());
        decoded++;
      } catch (InvalidInstructionException expected) {
        assertTrue(expected.getMessage().startsWith("insn 0"), expected.getMessage());
      }
    }
    assertTrue(decoded > 100, "only " + decoded + " decoded");
  }

  @ParameterizedTest
  @CsvSource({
    "b701000001000000, r1 = 1",
    "bf16000000000000, r6 = r1",
    "bc13000000000000, w3 = w1",
    "07030000f8ffffff, r3 += -8",
    "61620400 00000000, r2 = *(u32 *)(r6 + 4)",
    "7b1af8ff00000000, *(u64 *)(r10 - 8) = r1",
    "91121000 00000000, r2 = *(s8 *)(r1 + 16)",
    "5501 0e0000000000, if r1 != 0 goto +14",
    "2d23 090000000000, if r3 > r2 goto +9",
    "16010100 09000000, if w1 == 9 goto +1",
    "85000000b5000000, call 181",
    "8510000003000000, call pc+3",
    "9500000000000000, exit",
    "050005 0000000000, goto +5",
    "0600000005000000, gotol +5",
    "dc01000010000000, r1 = be16 r1",
    "d701000040000000, r1 = bswap64 r1",
    "8701000000000000, r1 = -r1",
    "3f12010000000000, r2 s/= r1",
    "bf12080000000000, r2 = (s8)r1",
    "db120800 00000000, lock *(u64 *)(r2 + 8) += r1",
    "db120800 01000000, 'r1 = atomic_fetch_add((u64 *)(r2 + 8), r1)'",
    "c3120800 f1000000, 'w0 = cmpxchg32_32(r2 + 8, w0, w1)'",
    "30000000 0c000000, r0 = *(u8 *)skb[12]",
    "48100000 02000000, r0 = *(u16 *)skb[r1 + 2]",
  })
  void textIsWhatObjdumpPrints(String hex, String text) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertEquals(text, Codec.decode(bytes).getFirst().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "0410000001000000, expected unused fields to be zero",
    "9500010000000000, expected unused fields to be zero",
    "bf00000001000000, expected unused fields to be zero",
    "1801000001000000, expected two slots",
    "ff00000000000000, expected an instruction of RFC 9669",
    "b70b000000000000, no such register r11",
    "dc01000011000000, expected an instruction of RFC 9669",
    "8530000000000000, 'expected kind 0, 1 or 2, found 3'",
    "db120800 02000000, expected an operation of RFC 9669 section 5.3",
    "b7010000010000, expected a multiple of 8 bytes",
  })
  void invalidInstructionsAreRefused(String hex, String message) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    InvalidInstructionException e =
        assertThrows(InvalidInstructionException.class, () -> Codec.decode(bytes));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
