package dev.scr.k2.proof;

import dev.scr.ebpf.map.MapException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.proof.Counterexample.Entry;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Random packets and maps on both programs, before anything is proved. */
final class RandomRuns {
  /** Maps beyond this many bytes make runs too slow to be worth it. */
  private static final long MAX_MAP_BYTES = 1 << 22;

  private static final int[] ETHERTYPES = {0x0008, 0xdd86, 0x0081, 0x0608, 0x0000};
  private static final int[] PROTOCOLS = {6, 17, 1, 4, 41, 58};

  private RandomRuns() {}

  /** A difference that was seen, if there is one. */
  static Optional<Verdict> compare(
      ProgramSpec original, ProgramSpec candidate, CheckerOptions options, int inputs) {
    if (!Replay.canRun(original) || mapBytes(original) > MAX_MAP_BYTES) {
      return Optional.empty();
    }
    Replay replay = new Replay(original, candidate);
    SplittableRandom random = new SplittableRandom(options.seed());
    for (int i = 0; i < inputs; i++) {
      Counterexample input = input(original, random);
      try {
        Optional<String> seen = replay.difference(input);
        if (seen.isPresent()) {
          return Optional.of(new Verdict.Different(input.withConfirmed(true), seen.get()));
        }
      } catch (Refusal | MapException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static long mapBytes(ProgramSpec spec) {
    return spec.maps().stream()
        .mapToLong(map -> (long) map.maxEntries() * (map.keySize() + map.valueSize()))
        .sum();
  }

  /** A packet that often looks like Ethernet with IPv4 or IPv6, and some map elements. */
  static Counterexample input(ProgramSpec spec, SplittableRandom random) {
    byte[] packet = new byte[random.nextInt(8) == 0 ? random.nextInt(20) : 34 + random.nextInt(90)];
    random.nextBytes(packet);
    if (packet.length > 24) {
      int type = ETHERTYPES[random.nextInt(ETHERTYPES.length)];
      packet[12] = (byte) type;
      packet[13] = (byte) (type >> 8);
      packet[14] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : 0x45);
      packet[23] = (byte) PROTOCOLS[random.nextInt(PROTOCOLS.length)];
      packet[20] = (byte) PROTOCOLS[random.nextInt(PROTOCOLS.length)];
    }
    List<Entry> entries = new ArrayList<>();
    for (int map = 0; map < spec.maps().size(); map++) {
      addEntries(spec.maps().get(map), map, packet, random, entries);
    }
    List<Long> times = List.of(random.nextLong() >>> 8, random.nextLong() >>> 8);
    return new Counterexample(
        HexFormat.of().formatHex(packet),
        random.nextInt(16),
        random.nextInt(16),
        entries,
        times,
        random.nextInt(4),
        random.nextLong(),
        false);
  }

  private static void addEntries(
      MapSpec spec, int map, byte[] packet, SplittableRandom random, List<Entry> entries) {
    boolean array = Universe.isArray(spec);
    boolean hash = spec.type().name().endsWith("HASH");
    int count = array ? Math.min(spec.maxEntries(), 8) : hash ? Math.min(spec.maxEntries(), 4) : 0;
    for (int i = 0; i < count; i++) {
      byte[] key = new byte[spec.keySize()];
      if (array) {
        key[0] = (byte) i;
      } else if (packet.length > key.length) {
        // Keys are often parts of the packet.
        int at = random.nextInt(packet.length - key.length);
        System.arraycopy(packet, at, key, 0, key.length);
      }
      byte[] value = new byte[spec.valueSize()];
      if (random.nextInt(3) != 0) {
        random.nextBytes(value);
      }
      HexFormat hex = HexFormat.of();
      entries.add(new Entry(map, hex.formatHex(key), hex.formatHex(value)));
    }
  }
}
