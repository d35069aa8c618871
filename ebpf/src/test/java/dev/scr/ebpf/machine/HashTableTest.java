package dev.scr.ebpf.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.Assembler;
import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.MapException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.ebpf.object.ProgramType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hash tables against a map of the Java library, with so few records that chains are long and
 * entries lie in records of other chains.
 */
class HashTableTest {
  private static final int STEPS = 3_000;

  /** What a program returns that finds nothing. */
  private static final int NONE = 0;

  /** The value of the key that the packet starts with. */
  private static ProgramSpec lookup(MapSpec map) {
    int stack = (map.keySize() + 7) / 8 * 8;
    StringBuilder text = new StringBuilder();
    text.append("r6 = *(u32 *)(r1 +0)\nr7 = *(u32 *)(r1 +4)\nr2 = r6\n");
    text.append("r2 += ").append(map.keySize()).append("\nif r2 > r7 goto none\n");
    for (int at = 0; at < map.keySize(); ) {
      int bytes = Integer.highestOneBit(Math.min(8, map.keySize() - at));
      String size = "*(u" + 8 * bytes + " *)";
      text.append("r3 = ").append(size).append("(r6 +").append(at).append(")\n");
      text.append(size).append("(r10 ").append(at - stack).append(") = r3\n");
      at += bytes;
    }
    text.append("r1 = map[idx:0] ll\nr2 = r10\nr2 += ").append(-stack).append("\ncall 1\n");
    text.append("if r0 == 0 goto none\nr0 = *(u32 *)(r0 +0)\nexit\nnone:\nr0 = 0\nexit\n");
    return ProgramSpec.of(
        "lookup", ProgramType.XDP, Assembler.assemble(text.toString()), List.of(map));
  }

  private static MapSpec spec(MapType type, int keySize, int capacity) {
    return MapSpec.of("table", type, keySize, 4, capacity);
  }

  private static byte[] key(int number, int bytes) {
    byte[] key = new byte[bytes];
    key[0] = (byte) number;
    key[bytes - 1] ^= (byte) (number * 3);
    return key;
  }

  private static byte[] value(int number) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array();
  }

  private static byte[] packet(byte[] key) {
    return Arrays.copyOf(key, 64);
  }

  private static Map<Integer, Integer> contents(BpfMap map) {
    Map<Integer, Integer> contents = new HashMap<>();
    map.entries()
        .forEach(entry ->
            contents.put(
                entry.key()[0] & 0xff,
                ByteBuffer.wrap(entry.value()).order(ByteOrder.LITTLE_ENDIAN).getInt()));
    return contents;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 7, 8, 13, 16, 24, 32, 40})
  void findsWhatIsThereAndNothingElse(int keySize) {
    long seed = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
    SplittableRandom random = new SplittableRandom(seed);
    for (int capacity : new int[] {1, 2, 3, 8, 13, 32}) {
      MapSpec spec = spec(MapType.HASH, keySize, capacity);
      try (BpfInstance compiled = BpfInstance.builder(List.of(spec)).engine(Engine.JVM).build()) {
        XdpProgram lookup = compiled.xdp(lookup(spec));
        BpfMap map = compiled.map("table");
        Map<Integer, Integer> model = new HashMap<>();
        Map<Integer, Long> places = new HashMap<>();
        for (int step = 0; step < STEPS; step++) {
          String where = "seed " + seed + ", capacity " + capacity + ", step " + step;
          int number = random.nextInt(2 * capacity + 2);
          byte[] key = key(number, keySize);
          if (random.nextInt(3) == 0) {
            assertEquals(model.remove(number) != null, map.delete(key), where);
            places.remove(number);
          } else if (model.containsKey(number) || model.size() < capacity) {
            map.update(key, value(step + 1));
            model.put(number, step + 1);
            long place = map.value(key).orElseThrow().address();
            assertEquals(places.computeIfAbsent(number, _ -> place), place, where);
          } else {
            assertThrows(MapException.class, () -> map.update(key, value(1)), where);
          }
          int asked = random.nextInt(2 * capacity + 2);
          int found = lookup.run(packet(key(asked, keySize)));
          assertEquals(model.getOrDefault(asked, NONE), found, where);
        }
        assertEquals(model, contents(map), "seed " + seed);
        for (int number = 0; number < 2 * capacity + 2; number++) {
          int found = lookup.run(packet(key(number, keySize)));
          assertEquals(model.getOrDefault(number, NONE), found, "seed " + seed);
        }
      }
    }
  }

  @Test
  void evictsWhatWasUsedTheLongestAgo() {
    long seed = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
    SplittableRandom random = new SplittableRandom(seed);
    for (int size : new int[] {1, 3, 8, 13}) {
      int capacity = size;
      MapSpec spec = spec(MapType.LRU_HASH, 8, capacity);
      try (BpfInstance compiled = BpfInstance.builder(List.of(spec)).engine(Engine.JVM).build()) {
        XdpProgram lookup = compiled.xdp(lookup(spec));
        BpfMap map = compiled.map("table");
        Map<Integer, Integer> model =
            new LinkedHashMap<>(16, 0.75f, true) {
              @Override
              protected boolean removeEldestEntry(Map.Entry<Integer, Integer> eldest) {
                return size() > capacity;
              }
            };
        for (int step = 0; step < STEPS; step++) {
          int number = random.nextInt(3 * capacity);
          String where = "seed " + seed + ", capacity " + capacity + ", step " + step;
          switch (random.nextInt(4)) {
            case 0 -> {
              map.delete(key(number, 8));
              model.remove(number);
            }
            case 1 -> {
              map.update(key(number, 8), value(step + 1));
              model.put(number, step + 1);
            }
            default -> {
              Integer expected = model.get(number);
              int found = lookup.run(packet(key(number, 8)));
              assertEquals(expected == null ? NONE : expected, found, where);
            }
          }
        }
        assertEquals(new HashMap<>(model), contents(map), "seed " + seed);
      }
    }
  }

  @Test
  void onlyValuesOfRecordsAreMemoryOfTheMap() {
    MapSpec spec = spec(MapType.HASH, 8, 4);
    try (BpfInstance instance = BpfInstance.builder(List.of(spec)).engine(Engine.JVM).build()) {
      BpfMap map = instance.map("table");
      List<Long> places = new ArrayList<>();
      for (int number = 0; number < 4; number++) {
        map.update(key(number, 8), value(number));
        places.add(map.value(key(number, 8)).orElseThrow().address());
      }
      for (long place : places) {
        assertTrue(map.covers(place, 4));
        assertFalse(map.covers(place, 5), "behind the value");
        assertFalse(map.covers(place - 8, 8), "the key");
        assertFalse(map.covers(place - 16, 4), "the chain");
      }
    }
  }
}
