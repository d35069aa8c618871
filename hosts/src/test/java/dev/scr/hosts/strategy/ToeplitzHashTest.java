package dev.scr.hosts.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.scr.hosts.Seeds;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToeplitzHashTest {
  /** The key of the verification suite that Microsoft publishes for receive-side scaling. */
  private static final ToeplitzHash PUBLISHED =
      ToeplitzHash.of(
          "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa");

  /** Its IPv4 vectors: the hash over addresses, and over addresses and ports. */
  @ParameterizedTest
  @CsvSource({
    "66.9.149.187, 2794, 161.142.100.80, 1766, 323e8fc2, 51ccc178",
    "199.92.111.2, 14230, 65.69.140.83, 4739, d718262a, c626b0ea",
    "24.19.198.95, 12898, 12.22.207.184, 38024, d2d0a5de, 5c2b394a",
    "38.27.205.30, 48228, 209.142.163.6, 2217, 82989176, afc7327f",
    "153.39.163.191, 44251, 202.188.127.2, 1303, 5d1809c5, 10e828a2",
  })
  void givesThePublishedValues(
      String source, int sourcePort, String target, int targetPort, String two, String four) {
    byte[] input = input(source, sourcePort, target, targetPort);
    assertEquals(two, "%08x".formatted(PUBLISHED.hash(input, 8)));
    assertEquals(four, "%08x".formatted(PUBLISHED.hash(input, 12)));
  }

  @Test
  void symmetricKeyDoesNotSeeTheDirection() {
    Seeds.forAll(seed -> {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] there = new byte[12];
      random.nextBytes(there);
      byte[] back = there.clone();
      System.arraycopy(there, 0, back, 4, 4);
      System.arraycopy(there, 4, back, 0, 4);
      System.arraycopy(there, 8, back, 10, 2);
      System.arraycopy(there, 10, back, 8, 2);
      ToeplitzHash symmetric = ToeplitzHash.symmetric();
      assertEquals(symmetric.hash(there, 12), symmetric.hash(back, 12));
      if (!Arrays.equals(there, back)) {
        assertNotEquals(PUBLISHED.hash(there, 12), PUBLISHED.hash(back, 12));
      }
    });
  }

  @Test
  void aKeyOfAnotherLengthIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> ToeplitzHash.of("6d5a"));
  }

  private static byte[] input(String source, int sourcePort, String target, int targetPort) {
    return ByteBuffer.allocate(12)
        .put(address(source))
        .put(address(target))
        .putShort((short) sourcePort)
        .putShort((short) targetPort)
        .array();
  }

  private static byte[] address(String dotted) {
    byte[] bytes = new byte[4];
    String[] parts = dotted.split("\\.", -1);
    for (int i = 0; i < 4; i++) {
      bytes[i] = (byte) Integer.parseInt(parts[i]);
    }
    return bytes;
  }
}
