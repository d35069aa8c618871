package dev.scr.linux.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.scr.linux.VethPair;
import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PacketSenderTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration QUIET = Duration.ofMillis(20);

  private static byte[] frame(int length, int number) {
    byte[] frame = new byte[length];
    Arrays.fill(frame, (byte) number);
    byte[] header = HexFormat.of().parseHex("0200000000aa0200000000bb88b5");
    System.arraycopy(header, 0, frame, 0, header.length);
    return frame;
  }

  /** What became of a batch, in the order in which it was said. */
  private static List<SendResult> flush(PacketSender sender) {
    List<SendResult> results = new ArrayList<>();
    try {
      sender.flush((index, result) -> {
        assertEquals(results.size(), index);
        results.add(result);
      });
    } finally {
      assertEquals(0, sender.size());
    }
    return results;
  }

  /** A sender and what it reaches. */
  private record Ends(VethPair pair, PacketSender left, PacketSocket right)
      implements AutoCloseable {
    static Ends open() throws Exception {
      VethPair pair = VethPair.create();
      return new Ends(
          pair,
          pair.inside(() -> PacketSender.open("left")),
          pair.inside(() -> PacketSocket.open("right")));
    }

    void add(byte[] frame) {
      assertTrue(left.add(frame, 0, frame.length));
    }

    void gets(byte[] frame) {
      assertArrayEquals(frame, right.receive(PATIENCE).orElseThrow().bytes());
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
    var refused = assertThrows(SystemCallException.class, () -> PacketSender.open("eth9"));
    assertEquals("bind AF_PACKET to eth9: ENODEV (No such device)", refused.getMessage());
  }

  /** A part of an array, several frames of any length in a batch, until it is full. */
  @Test
  void batchesGoOutInOrder() throws Exception {
    try (Ends ends = Ends.open()) {
      assertTrue(ends.left.running());
      for (int batch = 0; batch < 3; batch++) {
        int size = 0;
        while (true) {
          byte[] inside = new byte[1500];
          byte[] frame = frame(60 + 17 * size, batch + size);
          System.arraycopy(frame, 0, inside, 5, frame.length);
          if (!ends.left.add(inside, 5, frame.length)) {
            break;
          }
          size++;
        }
        assertEquals(PacketSender.BATCH_FRAMES, size);
        assertEquals(Collections.nCopies(size, SendResult.SENT), flush(ends.left));
        for (int i = 0; i < size; i++) {
          ends.gets(frame(60 + 17 * i, batch + i));
        }
      }
      assertEquals(Optional.empty(), ends.right.receive(QUIET));
      assertEquals(List.of(), flush(ends.left));
    }
  }

  @Test
  void aBatchIsFullOfBytesToo() throws Exception {
    try (Ends ends = Ends.open()) {
      byte[] longest = frame(PacketSocket.LONGEST_FRAME_BYTES, 1);
      int size = 0;
      while (ends.left.add(longest, 0, longest.length)) {
        size++;
      }
      assertTrue(size >= 1 && size < PacketSender.BATCH_FRAMES, size + " frames");
      ends.left.clear();
      ends.add(frame(60, 2));
      assertEquals(List.of(SendResult.SENT), flush(ends.left));
      ends.gets(frame(60, 2));
    }
  }

  /** Each frame has its own fate: one that cannot leave does not keep the others. */
  @Test
  void refusedFramesDoNotHoldUpOthers() throws Exception {
    try (Ends ends = Ends.open()) {
      int[] lengths = {4000, 60, 10, 4000, 4000, 61, 62, 4000};
      for (int length : lengths) {
        byte[] frame = new byte[Math.max(length, 14)];
        System.arraycopy(frame(frame.length, length), 0, frame, 0, frame.length);
        assertTrue(ends.left.add(frame, 0, length));
      }
      SendResult longer = SendResult.TOO_LONG;
      assertEquals(
          List.of(
              longer,
              SendResult.SENT,
              SendResult.TOO_SHORT,
              longer,
              longer,
              SendResult.SENT,
              SendResult.SENT,
              longer),
          flush(ends.left));
      for (int length : new int[] {60, 61, 62}) {
        ends.gets(frame(length, length));
      }
    }
  }

  @Test
  void aFullQueueIsSaid() throws Exception {
    try (Ends ends = Ends.open()) {
      try {
        ends.pair.in("tc qdisc add dev left root tbf rate 64kbit burst 3200 limit 3200");
      } catch (IOException e) {
        abort("a slow interface: " + e.getMessage());
      }
      for (int i = 0; i < PacketSender.BATCH_FRAMES; i++) {
        ends.add(frame(1000, i));
      }
      List<SendResult> results = flush(ends.left);
      assertTrue(results.contains(SendResult.QUEUE_FULL), results::toString);
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i) == SendResult.SENT) {
          ends.gets(frame(1000, i));
        }
      }
      assertEquals(SendResult.SENT, results.getFirst());
      assertEquals(Optional.empty(), ends.right.receive(QUIET));
    }
  }

  /** Nothing that arrives, and nothing of its own, waits in a sender. */
  @Test
  void aSenderReceivesNothing() throws Exception {
    try (Ends ends = Ends.open()) {
      for (int i = 0; i < 10; i++) {
        assertEquals(SendResult.SENT, ends.right.send(frame(60, i)));
        ends.add(frame(60, i));
      }
      flush(ends.left);
      String sockets =
          ends.pair.inside(() -> Files.readString(Path.of("/proc/thread-self/net/packet")));
      // Columns: address, references, type, protocol, interface, running, bytes that wait.
      List<String[]> rows =
          sockets.lines().skip(1).map(line -> line.strip().split("\\s+")).toList();
      List<String[]> senders = rows.stream().filter(row -> row[3].equals("0000")).toList();
      assertEquals(1, senders.size(), sockets);
      assertEquals("0", senders.getFirst()[6], sockets);
    }
  }

  @Test
  void downIsSaidAndGoneIsThrown() throws Exception {
    try (Ends ends = Ends.open()) {
      ends.pair.ip("link set left down");
      assertFalse(ends.left.running());
      for (int i = 0; i < 3; i++) {
        ends.add(frame(60, i));
      }
      assertEquals(Collections.nCopies(3, SendResult.LINK_DOWN), flush(ends.left));
      ends.pair.ip("link set left up");
      ends.pair.ip("link set right down");
      assertFalse(ends.left.running(), "no carrier");
      ends.pair.ip("link set right up");
      while (!ends.left.running()) {
        Thread.sleep(1);
      }
      ends.add(frame(60, 9));
      assertEquals(List.of(SendResult.SENT), flush(ends.left));
      ends.gets(frame(60, 9));
      ends.pair.ip("link del left");
      ends.add(frame(60, 1));
      ends.add(frame(60, 2));
      List<SendResult> results = new ArrayList<>();
      var gone =
          assertThrows(
              SystemCallException.class, () -> ends.left.flush((_, result) -> results.add(result)));
      assertEquals(Errno.ENODEV, gone.errno());
      assertEquals(Collections.nCopies(2, SendResult.LINK_DOWN), results);
      assertEquals(0, ends.left.size());
      assertThrows(SystemCallException.class, ends.left::running);
    }
  }

  /** Also where every frame is refused. */
  @Test
  void sendingAllocatesNothingPerFrame() throws Exception {
    try (Ends ends = Ends.open()) {
      byte[] good = frame(60, 1);
      byte[] bad = frame(4000, 1);
      int[] sent = new int[1];
      PacketSender.Outcome count = (_, result) -> sent[0] += result == SendResult.SENT ? 1 : 0;
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      // The interpreter allocates what the compiler removes, and on a busy machine that comes late.
      // 64 frames cost 65 system calls here, each of which may still cost a segment, if other tests
      // have taught the compiler many kinds of them.
      long allocated = Long.MAX_VALUE;
      for (int window = 0; window < 25 && allocated > 500 * 65 * 60; window++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int round = 0; round < 500; round++) {
          for (int i = 0; i < 64; i++) {
            byte[] frame = i % 2 == 0 ? good : bad;
            assertTrue(ends.left.add(frame, 0, frame.length));
          }
          ends.left.flush(count);
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      System.out.printf("%d bytes allocated for 500 batches%n", allocated);
      assertTrue(allocated <= 500 * 65 * 60, allocated + " bytes in 500 rounds");
    }
  }
}
