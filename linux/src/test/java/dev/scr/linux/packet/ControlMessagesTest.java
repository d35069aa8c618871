package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ControlMessagesTest {
  private final MemorySegment area = Arena.ofAuto().allocate(128, 8);
  private final ControlMessages control = new ControlMessages();

  private long put(long at, long length, int level, int type) {
    area.set(JAVA_LONG, at, length);
    area.set(JAVA_INT, at + 8, level);
    area.set(JAVA_INT, at + 12, type);
    return at + ControlMessages.HEADER_BYTES;
  }

  private long putAuxiliary(long at, int status, int vlanControl, int vlanProtocol) {
    long data = put(at, 36, PacketSocket.SOL_PACKET, PacketSocket.PACKET_AUXDATA);
    area.set(JAVA_INT, data, status);
    area.set(JAVA_SHORT, data + 16, (short) vlanControl);
    area.set(JAVA_SHORT, data + 18, (short) vlanProtocol);
    return at + 40;
  }

  @Test
  void readsTimestampAndTag() {
    long data = put(0, 32, 1, 35);
    area.set(JAVA_LONG, data, 12);
    area.set(JAVA_LONG, data + 8, 34);
    long end = putAuxiliary(32, 0x10 | 0x40 | 0x8, 0xefff, 0x88a8);
    control.parse(area, 0, end);
    assertEquals(12_000_000_034L, control.timestampNs());
    assertTrue(control.hasVlan() && control.checksumMissing());
    assertEquals(0xefff, control.vlanControl());
    assertEquals(0x88a8, control.vlanProtocol());
  }

  @Test
  void tagWithoutProtocolIsACustomerTag() {
    control.parse(area, 0, putAuxiliary(0, 0x10, 7, 0));
    assertEquals(0x8100, control.vlanProtocol());
    control.parse(area, 0, putAuxiliary(0, 0, 7, 0));
    assertFalse(control.hasVlan());
  }

  @Test
  void shortOrOverlongMessagesAreNotRead() {
    putAuxiliary(0, 0x10, 7, 0);
    for (long length : new long[] {0, 15, -1, Long.MIN_VALUE, Long.MAX_VALUE, 41}) {
      area.set(JAVA_LONG, 0, length);
      control.parse(area, 0, 40);
      assertFalse(control.hasVlan(), "length " + length);
    }
    area.set(JAVA_LONG, 0, 36);
    control.parse(area, 0, 35);
    assertFalse(control.hasVlan());
  }

  @Test
  void randomBytesStayInBounds() {
    long seed = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 2000; round++) {
      for (int at = 0; at < 128; at += 8) {
        area.set(JAVA_LONG, at, random.nextInt(4) == 0 ? random.nextInt(64) : random.nextLong());
      }
      control.parse(area, random.nextInt(8) * 8L, random.nextInt(200));
    }
  }
}
