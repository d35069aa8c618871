package dev.scr.ebpf.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** Where keys go in a hash table: spread, whichever of their bits differ. */
class HashTest {
  private static final int KEYS = 256;
  private static final int SLOTS_MASK = (1 << 17) - 1;
  private static final long SEED = 11;

  /** The fewest slots that 256 keys take which differ in one byte of a word. */
  private static int fewestSlots(LongUnaryOperator hashOfWord) {
    int fewest = KEYS;
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      BitSet slots = new BitSet();
      for (long key = 0; key < KEYS; key++) {
        slots.set((int) hashOfWord.applyAsLong(key << shift) & SLOTS_MASK);
      }
      fewest = Math.min(fewest, slots.cardinality());
    }
    return fewest;
  }

  @Test
  void everyByteOfAKeySpreadsIt() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 1_000; i++) {
      long start = random.nextLong();
      long other = random.nextLong();
      int last =
          fewestSlots(word -> HashTableMap.finish(HashTableMap.add(start ^ other, word ^ other)));
      int first =
          fewestSlots(
              word -> HashTableMap.finish(HashTableMap.add(HashTableMap.add(start, word), other)));
      assertTrue(last > 200 && first > 200, "start " + start + ": " + last + ", " + first);
    }
  }

  /** The upper half of a product alone would put keys together that differ in their last bytes. */
  @Test
  void theTestFindsAHashThatForgetsUpperBits() {
    assertTrue(fewestSlots(word -> (word * 0x9e37_79b9_7f4a_7c15L) >>> 32) < 10);
  }

  @Test
  void keysOfOtherSizesStartElsewhere() {
    assertEquals(HashTableMap.begin(4), HashTableMap.begin(4));
    assertNotEquals(HashTableMap.begin(4), HashTableMap.begin(8));
  }
}
