package dev.scr.linux.xdp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.VethPair;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import dev.scr.linux.packet.PacketSocket;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XdpSocketTest {
  private static final long SECOND_NS = 1_000_000_000L;
  private static final XdpSocket.Options SMALL = new XdpSocket.Options(256, 2048, 64, 16);

  private static byte[] frame(int length, int number) {
    byte[] frame = new byte[length];
    Arrays.fill(frame, (byte) number);
    frame[12] = (byte) 0x88;
    frame[13] = (byte) 0xb5;
    return frame;
  }

  /** AF_PACKET on the left, AF_XDP on the right. */
  private record Ends(VethPair pair, PacketSocket left, XdpRedirect redirect, XdpSocket right)
      implements AutoCloseable {
    static Ends open() throws Exception {
      VethPair pair = VethPair.create();
      try {
        for (Feature feature : new Feature[] {Feature.XDP_PROGRAM, Feature.AF_XDP}) {
          assumeTrue(
              feature.probe() instanceof Probe.Available, () -> feature + ": " + feature.probe());
        }
        return pair.inside(() -> open(pair));
      } catch (Exception | Error e) {
        pair.close();
        throw e;
      }
    }

    private static Ends open(VethPair pair) {
      NetworkLink link = NetworkLink.named("right");
      XdpRedirect redirect = XdpRedirect.attach(link, 1);
      XdpSocket right = XdpSocket.open(link, 0, SMALL);
      redirect.add(right);
      return new Ends(pair, PacketSocket.open("left"), redirect, right);
    }

    <T> T inside(Callable<T> action) throws Exception {
      return pair.inside(action);
    }

    @Override
    public void close() throws IOException {
      left.close();
      redirect.close();
      right.close();
      pair.close();
    }
  }

  @Test
  void framesArriveInOrderAndFramesAreReused() throws Exception {
    try (Ends ends = Ends.open()) {
      // Ten times round the rings.
      for (int next = 0; next < 640; ) {
        for (int i = 0; i < 16; i++) {
          ends.left.send(MemorySegment.ofArray(frame(60 + i, next + i)), SECOND_NS);
        }
        for (int seen = 0; seen < 16; ) {
          int count = ends.right.receive(2 * SECOND_NS);
          assertTrue(count > 0, "nothing after " + (next + seen));
          for (int i = 0; i < count; i++, seen++) {
            byte[] found =
                ends.right
                    .memory()
                    .asSlice(ends.right.offset(i), ends.right.length(i))
                    .toArray(JAVA_BYTE);
            assertArrayEquals(frame(60 + seen, next + seen), found);
          }
          ends.right.release();
        }
        next += 16;
      }
      assertEquals(new XdpSocket.Statistics(0, 0, 0, 0), ends.right.statistics());
      assertEquals(0, ends.right.receive(0));
      assertThrows(IndexOutOfBoundsException.class, () -> ends.right.offset(0));
    }
  }

  @Test
  void sentFramesLeaveAndTheirMemoryComesBack() throws Exception {
    try (Ends ends = Ends.open()) {
      for (int i = 0; i < 500; i++) {
        assertTrue(ends.right.send(MemorySegment.ofArray(frame(100, i))), "frame " + i);
        ends.right.flush();
        assertArrayEquals(
            frame(100, i), ends.left.receive(Duration.ofSeconds(2)).orElseThrow().bytes());
      }
      assertEquals(0, ends.right.statistics().invalidSent());
    }
  }

  @Test
  void fullTransmitRingSaysSoAndFlushEmptiesIt() throws Exception {
    try (Ends ends = Ends.open()) {
      int queued = 0;
      while (queued < 1000 && ends.right.send(MemorySegment.ofArray(frame(64, queued)))) {
        queued++;
      }
      assertEquals(64, queued);
      ends.right.flush();
      for (int i = 0; i < queued; i++) {
        assertArrayEquals(
            frame(64, i), ends.left.receive(Duration.ofSeconds(2)).orElseThrow().bytes());
      }
      assertTrue(ends.right.send(MemorySegment.ofArray(frame(64, 1))));
    }
  }

  @Test
  void receivedFrameGoesBackWithoutACopy() throws Exception {
    try (Ends ends = Ends.open()) {
      for (int round = 0; round < 300; round++) {
        ends.left.send(frame(60, round));
        assertEquals(1, ends.right.receive(2 * SECOND_NS), "round " + round);
        ends.right.memory().set(JAVA_BYTE, ends.right.offset(0) + 20, (byte) 0x77);
        assertTrue(ends.right.sendReceived(0, 61));
        assertThrows(IndexOutOfBoundsException.class, () -> ends.right.offset(0));
        ends.right.flush();
        byte[] back = ends.left.receive(Duration.ofSeconds(2)).orElseThrow().bytes();
        assertEquals(61, back.length);
        assertEquals(0x77, back[20]);
      }
    }
  }

  @Test
  void overflowIsCounted() throws Exception {
    try (Ends ends = Ends.open()) {
      for (int i = 0; i < 400; i++) {
        ends.left.send(MemorySegment.ofArray(frame(60, i)), SECOND_NS);
      }
      Thread.sleep(50);
      int received = 0;
      for (int count = ends.right.receive(0); count > 0; count = ends.right.receive(0)) {
        received += count;
      }
      XdpSocket.Statistics counts = ends.right.statistics();
      assertEquals(64, received);
      assertEquals(400 - 64, counts.ringFull() + counts.droppedOther(), counts::toString);
    }
  }

  @Test
  void missingQueueAndTakenQueueAreNamed() throws Exception {
    try (Ends ends = Ends.open()) {
      NetworkLink link = ends.right.link();
      var missing =
          assertThrows(
              SystemCallException.class, () -> ends.inside(() -> XdpSocket.open(link, 7, SMALL)));
      assertEquals("bind AF_XDP to right queue 7: EINVAL (Invalid argument)", missing.getMessage());
      var taken =
          assertThrows(
              SystemCallException.class, () -> ends.inside(() -> XdpSocket.open(link, 0, SMALL)));
      assertEquals(Errno.EBUSY, taken.errno());
    }
  }

  /** What has come before is not lost; a socket that waits for ever sees it too. */
  @ParameterizedTest
  @ValueSource(longs = {-1, 20 * SECOND_NS})
  void anInterfaceThatGoesIsSeen(long timeoutNs) throws Exception {
    try (Ends ends = Ends.open()) {
      ends.left.send(MemorySegment.ofArray(frame(60, 1)), SECOND_NS);
      assertEquals(1, ends.right.receive(2 * SECOND_NS));
      NetworkLink link = ends.right.link();
      ends.inside(() -> {
        NetworkLink.setUp(link.name(), false);
        return null;
      });
      assertEquals(0, ends.right.receive(SECOND_NS / 4), "down is not gone");
      ends.pair.ip("link del left");
      var gone = assertThrows(SystemCallException.class, () -> ends.right.receive(timeoutNs));
      assertEquals(
          "receive on AF_XDP socket on right queue 0: ENODEV (No such device); the interface has gone",
          gone.getMessage());
    }
  }

  @Test
  void sizesArePowersOfTwo() {
    var odd =
        assertThrows(
            IllegalArgumentException.class, () -> new XdpSocket.Options(1000, 2048, 64, 16));
    assertEquals("frames=1000: expected a power of two from 2 to 1048576", odd.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new XdpSocket.Options(1024, 1024, 64, 16));
  }

  @Test
  void poolRefusesAFrameTooMany() {
    FramePool pool = new FramePool(2, 2048);
    assertEquals(0, pool.take());
    assertEquals(2048, pool.take());
    pool.give(2048);
    pool.give(0);
    assertEquals(2, pool.size());
    assertThrows(IllegalStateException.class, () -> pool.give(0));
  }
}
