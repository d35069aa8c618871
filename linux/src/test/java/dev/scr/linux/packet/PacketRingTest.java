package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.linux.VethPair;
import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PacketRingTest {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final PacketRing.Options SMALL = new PacketRing.Options(4, 1 << 16, 2);

  private static byte[] frame(int number) {
    byte[] frame = new byte[60 + number % 1400];
    Arrays.fill(frame, (byte) number);
    frame[0] = 2;
    // Every third one has a VLAN tag.
    frame[12] = (byte) (number % 3 == 0 ? 0x81 : 0x88);
    frame[13] = (byte) (number % 3 == 0 ? 0x00 : 0xb5);
    return frame;
  }

  private static byte[] current(PacketRing ring) {
    return ring.memory().asSlice(ring.offset(), ring.length()).toArray(JAVA_BYTE);
  }

  @Test
  void framesArriveInOrderManyTimesRoundTheRing() throws Exception {
    try (VethPair pair = VethPair.create();
        PacketSocket left = pair.inside(() -> PacketSocket.open("left"));
        PacketRing ring = pair.inside(() -> PacketRing.open("right", SMALL))) {
      long startNs = System.currentTimeMillis() * 1_000_000;
      int seen = 0;
      for (int sent = 0; sent < 2000; ) {
        for (int i = 0; i < 50; i++, sent++) {
          left.send(MemorySegment.ofArray(frame(sent)), SECOND_NS);
        }
        while (seen < sent) {
          assertTrue(ring.receive(2 * SECOND_NS) > 0, "nothing after " + seen);
          while (ring.next()) {
            assertArrayEquals(frame(seen), current(ring), "frame " + seen);
            assertEquals(ring.length(), ring.originalLength());
            assertTrue(ring.timestampNs() >= startNs - SECOND_NS);
            seen++;
          }
        }
      }
      assertEquals(0, ring.receive(0));
      assertEquals(0, ring.receive(5_000_000));
      assertFalse(ring.next());
      assertEquals(new PacketRing.Statistics(2000, 0), ring.statistics());
    }
  }

  @Test
  void overflowIsCounted() throws Exception {
    try (VethPair pair = VethPair.create();
        PacketSocket left = pair.inside(() -> PacketSocket.open("left"));
        PacketRing ring = pair.inside(() -> PacketRing.open("right", SMALL))) {
      for (int i = 0; i < 1000; i++) {
        left.send(MemorySegment.ofArray(frame(1399)), SECOND_NS);
      }
      int seen = 0;
      while (ring.receive(50_000_000) > 0) {
        while (ring.next()) {
          seen++;
        }
      }
      PacketRing.Statistics counts = ring.statistics();
      assertEquals(seen, counts.received());
      assertEquals(1000 - seen, counts.dropped());
      assertTrue(counts.dropped() > 0, counts::toString);
    }
  }

  @Test
  void downIsSurvivedAndGoneIsNot() throws Exception {
    try (VethPair pair = VethPair.create();
        PacketSocket left = pair.inside(() -> PacketSocket.open("left"));
        PacketRing ring = pair.inside(() -> PacketRing.open("right", SMALL))) {
      pair.ip("link set right down");
      assertEquals(0, ring.receive(10_000_000));
      pair.ip("link set right up");
      int seen = 0;
      for (int i = 0; i < 200 && seen == 0; i++) {
        left.send(frame(1));
        seen = ring.receive(10_000_000);
      }
      assertTrue(seen > 0);
      pair.ip("link del left");
      var gone =
          assertThrows(
              SystemCallException.class,
              () -> {
                while (ring.receive(2 * SECOND_NS) > 0) {
                  // what was still on its way
                }
              });
      assertEquals(Errno.ENODEV, gone.errno());
    }
  }

  @Test
  void optionsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> new PacketRing.Options(1, 1 << 16, 1));
    assertThrows(IllegalArgumentException.class, () -> new PacketRing.Options(2, 100_000, 1));
    assertThrows(IllegalArgumentException.class, () -> new PacketRing.Options(2, 1 << 16, 0));
  }

  @Test
  void randomBlocksStayInBounds() {
    int blockBytes = 1024;
    MemorySegment memory = Arena.ofAuto().allocate(2L * blockBytes, 16);
    long seed = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
    SplittableRandom random = new SplittableRandom(seed);
    RingBlock block = new RingBlock(memory, blockBytes);
    int read = 0;
    for (int round = 0; round < 20_000; round++) {
      for (int at = 0; at < 2 * blockBytes; at += 4) {
        memory.set(
            JAVA_INT, at, random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(128) & ~3);
      }
      long start = random.nextBoolean() ? blockBytes : 0;
      try {
        block.enter(start);
        while (block.next()) {
          assertTrue(block.offset() >= start, "seed " + seed);
          assertTrue(block.offset() + block.length() <= start + blockBytes, "seed " + seed);
          read++;
        }
      } catch (IllegalStateException e) {
        // Refused, which is what the checks are for.
      }
    }
    assertTrue(read > 0, "seed " + seed);
  }
}
