package dev.scr.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistoryViewTest {
  /** Packet 5 of depth 3 with slots of 2 bytes: p4 p2 p3, then a frame of 4 bytes. */
  private static final String PACKET_5 =
      "025343520001 02534352ffff 88b5 01 05 0007 03 02 01 03 0001 00000005 0004 0000 00000000075bcd15"
          + " a4a4 a2a2 a3a3 deadbeef";

  private static byte[] frame() {
    return HexFormat.of().parseHex(PACKET_5.replace(" ", ""));
  }

  private static FrameCheck check(byte[] frame) {
    return new HistoryView().wrap(frame, frame.length).check(5, 2);
  }

  private static FrameCheck checkWith(ScrField field, int value) {
    byte[] frame = frame();
    frame[field.offset() + field.bytes() - 1] = (byte) value;
    return check(frame);
  }

  @Test
  void readsEveryField() {
    HistoryView view = new HistoryView().wrap(frame(), frame().length);
    assertEquals(FrameCheck.ACCEPTED, view.check(5, 2));
    assertEquals(7, view.epoch());
    assertEquals(3, view.slots());
    assertEquals(1, view.oldest());
    assertEquals(3, view.valid());
    assertEquals(1, view.worker());
    assertEquals(5, view.sequence());
    assertEquals(4, view.originalLength());
    assertEquals(123456789, view.timestampNs());
    assertEquals(46, view.originalOffset());
  }

  @Test
  void findsSlotsByAge() {
    HistoryView view = new HistoryView().wrap(frame(), frame().length);
    assertEquals(40, view.slotOffset(1), "p4");
    assertEquals(44, view.slotOffset(2), "p3");
    assertEquals(42, view.slotOffset(3), "p2");
  }

  @Test
  void refusesWhatIsNotHistoryOfTheProgram() {
    assertEquals(FrameCheck.NOT_SCR, checkWith(ScrField.OUTER_ETHER_TYPE, 0xb6));
    assertEquals(FrameCheck.WRONG_VERSION, checkWith(ScrField.VERSION, 2));
    assertEquals(FrameCheck.WRONG_PROGRAM, checkWith(ScrField.PROGRAM, 1));
    assertEquals(FrameCheck.WRONG_SLOT_BYTES, checkWith(ScrField.SLOT_BYTES, 4));
    assertEquals(FrameCheck.BAD_RING, checkWith(ScrField.VALID, 4));
    assertEquals(FrameCheck.BAD_RING, checkWith(ScrField.OLDEST, 3));
    assertEquals(FrameCheck.UNKNOWN_FLAGS, checkWith(ScrField.FLAGS, 1));
    assertEquals(FrameCheck.TRUNCATED, checkWith(ScrField.LENGTH, 5));
    assertEquals(FrameCheck.ACCEPTED, checkWith(ScrField.LENGTH, 3), "padding after the packet");
  }

  @Test
  void anyPrefixAndAnyNoiseIsAnsweredNotThrown() {
    long seed = Long.getLong("seed", Long.getLong("scr.seed", 20260101));
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    HistoryView view = new HistoryView();
    byte[] whole = frame();
    for (int length = 0; length < whole.length; length++) {
      FrameCheck expected = length < 40 ? FrameCheck.TOO_SHORT : FrameCheck.TRUNCATED;
      assertEquals(expected, view.wrap(whole, length).check(5, 2));
    }
    for (int i = 0; i < 10_000; i++) {
      byte[] noise = frame();
      noise[14 + random.nextInt(26)] = (byte) random.nextInt();
      if (view.wrap(noise, noise.length).check(5, 2) == FrameCheck.ACCEPTED) {
        assertTrue(view.originalOffset() + view.originalLength() <= noise.length);
        for (int age = 1; age <= view.valid(); age++) {
          assertTrue(view.slotOffset(age) >= 40 && view.slotOffset(age) + 2 <= noise.length);
        }
      }
    }
  }

  @Test
  void sequenceNumbersWrap() {
    assertTrue(SequenceNumber.isNewer(1, 0));
    assertTrue(SequenceNumber.isNewer(0, -1), "0 follows 2^32 - 1");
    assertTrue(SequenceNumber.isNewer(Integer.MIN_VALUE, Integer.MAX_VALUE));
    assertFalse(SequenceNumber.isNewer(-1, 0));
    assertFalse(SequenceNumber.isNewer(7, 7));
  }
}
