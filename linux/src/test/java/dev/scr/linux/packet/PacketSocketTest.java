package dev.scr.linux.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.linux.VethPair;
import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Privileges;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PacketSocketTest {
  private static final long SECOND_NS = 1_000_000_000L;

  // Local experimental ethertype (IEEE 802, 88B5), so that nothing on the machine answers.
  private static byte[] frame(int length, int number) {
    byte[] frame = new byte[length];
    Arrays.fill(frame, (byte) number);
    byte[] header = HexFormat.of().parseHex("0200000000aa0200000000bb88b5");
    System.arraycopy(header, 0, frame, 0, header.length);
    return frame;
  }

  private static byte[] tagged(String tags, int length) {
    byte[] plain = frame(length, 3);
    byte[] tag = HexFormat.of().parseHex(tags);
    byte[] frame = new byte[length + tag.length];
    System.arraycopy(plain, 0, frame, 0, 12);
    System.arraycopy(tag, 0, frame, 12, tag.length);
    System.arraycopy(plain, 12, frame, 12 + tag.length, length - 12);
    return frame;
  }

  /** Two sockets that see each other. */
  private record Ends(VethPair pair, PacketSocket left, PacketSocket right)
      implements AutoCloseable {
    static Ends open() throws Exception {
      VethPair pair = VethPair.create();
      return new Ends(
          pair,
          pair.inside(() -> PacketSocket.open("left")),
          pair.inside(() -> PacketSocket.open("right")));
    }

    byte[] received() {
      return right.receive(Duration.ofSeconds(2)).orElseThrow().bytes();
    }

    @Override
    public void close() throws IOException {
      left.close();
      right.close();
      pair.close();
    }
  }

  @Test
  void missingInterfaceIsNamed() {
    var refused = assertThrows(SystemCallException.class, () -> PacketSocket.open("eth9"));
    assertEquals("bind AF_PACKET to eth9: ENODEV (No such device)", refused.getMessage());
  }

  @Test
  void frameArrivesWithTimestampAndOwnFramesDoNot() throws Exception {
    try (Ends ends = Ends.open()) {
      long beforeNs = System.currentTimeMillis() * 1_000_000;
      assertEquals(SendResult.SENT, ends.left.send(frame(60, 7)));
      Frame frame = ends.right.receive(Duration.ofSeconds(2)).orElseThrow();
      assertArrayEquals(frame(60, 7), frame.bytes());
      assertEquals(60, frame.originalLength());
      long delayNs = frame.timestampNs() - beforeNs;
      assertTrue(delayNs >= -1_000_000 && delayNs < 2 * SECOND_NS, "delay " + delayNs + " ns");
      assertEquals(Optional.empty(), ends.left.receive(Duration.ofMillis(20)));
      assertEquals(1, ends.left.statistics().sent());
      assertEquals(new PacketSocket.Statistics(1, 0, 0, 0), ends.right.statistics());
    }
  }

  @Test
  void vlanTagsStayInTheFrame() throws Exception {
    try (Ends ends = Ends.open()) {
      for (String tags : new String[] {"8100e064", "88a8000581000006", "8100000181000002"}) {
        byte[] frame = tagged(tags, 80);
        assertEquals(SendResult.SENT, ends.left.send(frame));
        assertArrayEquals(frame, ends.received(), tags);
      }
    }
  }

  @Test
  void batchGoesOutAndComesInInOrder() throws Exception {
    try (Ends ends = Ends.open()) {
      FrameBatch out = new FrameBatch(64, 1500);
      for (int i = 0; i < 64; i++) {
        assertTrue(out.add(MemorySegment.ofArray(frame(60 + 10 * i, i))));
      }
      assertFalse(out.add(MemorySegment.ofArray(frame(60, 0))));
      assertEquals(64, ends.left.send(out, SECOND_NS));
      FrameBatch in = new FrameBatch(20, 1500, 128);
      int next = 0;
      while (next < 64) {
        int count = ends.right.receive(in, SECOND_NS);
        assertTrue(count > 0 && count <= 20, "received " + count + " after " + next);
        for (int i = 0; i < count; i++, next++) {
          assertArrayEquals(frame(60 + 10 * next, next), in.toBytes(i));
        }
      }
      assertEquals(0, ends.right.receive(in, 0));
    }
  }

  @Test
  void receivedBatchGetsHeadersAndGoesOn() throws Exception {
    try (Ends ends = Ends.open()) {
      ends.left.send(frame(60, 1));
      FrameBatch batch = new FrameBatch(4, 200, 32);
      assertEquals(1, ends.right.receive(batch, SECOND_NS));
      int at = batch.prepend(0, 14);
      MemorySegment.copy(MemorySegment.ofArray(frame(14, 0)), 0, batch.memory(), at, 14);
      assertEquals(1, ends.right.send(batch, 0));
      byte[] longer = ends.left.receive(Duration.ofSeconds(2)).orElseThrow().bytes();
      assertArrayEquals(frame(14, 0), Arrays.copyOf(longer, 14));
      assertArrayEquals(frame(60, 1), Arrays.copyOfRange(longer, 14, 74));
      assertThrows(IllegalArgumentException.class, () -> batch.prepend(0, 64));
    }
  }

  @Test
  void longFrameIsCutAndSaysSo() throws Exception {
    try (Ends ends = Ends.open()) {
      byte[] tagged = tagged("81000005", 200);
      ends.left.send(tagged);
      FrameBatch batch = new FrameBatch(1, 100);
      assertEquals(1, ends.right.receive(batch, SECOND_NS));
      assertEquals(204, batch.originalLength(0));
      assertEquals(104, batch.length(0));
      assertArrayEquals(Arrays.copyOf(tagged, 104), batch.toBytes(0));
      ends.left.send(tagged);
      byte[] into = new byte[50];
      assertEquals(204, ends.right.receive(into, SECOND_NS));
      assertArrayEquals(Arrays.copyOf(tagged, 50), into);
    }
  }

  @Test
  void refusedFramesAreResultsAndNotExceptions() throws Exception {
    try (Ends ends = Ends.open()) {
      assertEquals(SendResult.TOO_LONG, ends.left.send(frame(4000, 0)));
      assertEquals(SendResult.TOO_SHORT, ends.left.send(new byte[10]));
      FrameBatch batch = new FrameBatch(3, 5000);
      batch.add(MemorySegment.ofArray(frame(60, 1)));
      batch.add(MemorySegment.ofArray(frame(4000, 2)));
      batch.add(MemorySegment.ofArray(frame(60, 3)));
      assertEquals(2, ends.left.send(batch, 0));
      assertEquals(new PacketSocket.Statistics(0, 0, 2, 3), ends.left.statistics());
      ends.pair.ip("link set left down");
      assertEquals(SendResult.LINK_DOWN, ends.left.send(frame(60, 0)));
    }
  }

  @Test
  void downIsSurvivedAndGoneIsNot() throws Exception {
    try (Ends ends = Ends.open()) {
      ends.pair.ip("link set right down");
      assertEquals(Optional.empty(), ends.right.receive(Duration.ofMillis(10)));
      ends.pair.ip("link set right up");
      // The kernel notices the carrier a little later and drops what is sent before.
      Optional<Frame> first = Optional.empty();
      for (int i = 0; i < 200 && first.isEmpty(); i++) {
        ends.left.send(frame(60, 1));
        first = ends.right.receive(Duration.ofMillis(10));
      }
      assertArrayEquals(frame(60, 1), first.orElseThrow().bytes());
      ends.pair.ip("link del left");
      var gone =
          assertThrows(SystemCallException.class, () -> ends.right.receive(Duration.ofSeconds(2)));
      assertEquals(Errno.ENODEV, gone.errno());
    }
  }

  @Test
  void overflowIsCounted() throws Exception {
    try (VethPair pair = VethPair.create();
        PacketSocket left = pair.inside(() -> PacketSocket.open("left"));
        PacketSocket right =
            pair.inside(
                () -> PacketSocket.open("right", new PacketSocket.Options(true, 20_000, false)))) {
      for (int i = 0; i < 200; i++) {
        left.send(MemorySegment.ofArray(frame(1000, i)), SECOND_NS);
      }
      Thread.sleep(50);
      PacketSocket.Statistics counts = right.statistics();
      assertEquals(200, counts.received() + counts.dropped());
      assertTrue(counts.dropped() > 0, counts::toString);
      assertEquals(counts, right.statistics());
    }
  }

  @Test
  void receivingAndSendingAllocateNothingPerFrame() throws Exception {
    try (Ends ends = Ends.open()) {
      FrameBatch out = new FrameBatch(32, 100);
      while (out.add(MemorySegment.ofArray(frame(60, out.size())))) {
        // until it is full
      }
      FrameBatch in = new FrameBatch(32, 100);
      // Asking for the bean allocates, asking it doesn't.
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      // The interpreter allocates what the compiler removes, and on a busy machine that comes late.
      // A
      // system call may still cost a segment of 40 bytes, as the other tests taught the compiler
      // more
      // kinds of segments than a worker has; 64 frames cost two calls here.
      long allocated = Long.MAX_VALUE;
      for (int window = 0; window < 25 && allocated > 2000 * 100; window++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int round = 0; round < 2000; round++) {
          assertEquals(31 * 32 / 2, exchange(ends, out, in));
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertTrue(allocated <= 2000 * 100, allocated + " bytes in 2000 rounds");
    }
  }

  /** Sends a batch, receives all of it, and adds the last bytes up. */
  private static long exchange(Ends ends, FrameBatch out, FrameBatch in) {
    long sum = 0;
    ends.left.send(out, SECOND_NS);
    for (int left = out.size(); left > 0; left -= in.size()) {
      assertTrue(ends.right.receive(in, SECOND_NS) > 0);
      for (int i = 0; i < in.size(); i++) {
        sum += in.memory().get(ValueLayout.JAVA_BYTE, in.offset(i) + in.length(i) - 1);
      }
    }
    return sum;
  }

  @Test
  void anotherThreadWakesAndCloses() throws Exception {
    try (Ends ends = Ends.open()) {
      int[] results = {-1, -1};
      Thread receiver =
          Thread.ofPlatform()
              .start(() -> {
                FrameBatch batch = new FrameBatch(1, 100);
                results[0] = ends.right.receive(batch, -1);
                results[1] = ends.right.receive(batch, -1);
              });
      Thread.sleep(30);
      ends.right.wakeUp();
      while (results[0] < 0 && receiver.isAlive()) {
        Thread.sleep(1);
      }
      ends.right.close();
      receiver.join(2000);
      assertFalse(receiver.isAlive());
      assertArrayEquals(new int[] {0, 0}, results);
      assertEquals(0, ends.right.receive(new FrameBatch(1, 100), -1));
    }
  }

  @Test
  void loopbackWorksWithOffHeapFrames() {
    assumeTrue(
        Privileges.lacks(Capability.NET_RAW).isEmpty(),
        () -> "AF_PACKET: " + Privileges.lacks(Capability.NET_RAW).orElseThrow());
    try (Arena arena = Arena.ofConfined();
        PacketSocket socket = PacketSocket.open("lo")) {
      MemorySegment frame = arena.allocate(60);
      frame.copyFrom(MemorySegment.ofArray(frame(60, 9)));
      assertEquals(SendResult.SENT, socket.send(frame));
      MemorySegment into = arena.allocate(100);
      int length;
      do {
        length = socket.receive(into, SECOND_NS);
      } while (length > 0 && into.asSlice(0, 60).mismatch(frame) != -1);
      assertEquals(60, length);
    }
  }
}
