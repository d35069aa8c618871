package dev.scr.hosts.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Frames are taken in their order, and whoever looks ahead sees each at most once, in that order.
 */
class InboxTest {
  private static final int FRAMES = 5_000;

  @Test
  void framesAreTakenInOrderHoweverFarOneLooksAhead() {
    Seeds.forAll(
        50,
        seed -> {
          SplittableRandom random = new SplittableRandom(seed);
          BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(FRAMES);
          Inbox inbox = new Inbox(queue);
          List<byte[]> sent = new ArrayList<>();
          int taken = 0;
          int seen = 0;
          while (taken < FRAMES) {
            switch (random.nextInt(3)) {
              case 0 -> {
                for (int more = random.nextInt(200); more > 0 && sent.size() < FRAMES; more--) {
                  sent.add(new byte[1]);
                  queue.add(sent.getLast());
                }
              }
              case 1 -> {
                for (int more = random.nextInt(100); more > 0 && taken < sent.size(); more--) {
                  assertSame(sent.get(taken++), take(inbox));
                }
                seen = Math.max(seen, taken);
              }
              default -> {
                for (int more = random.nextInt(300); more > 0; more--) {
                  byte[] frame = inbox.ahead();
                  if (frame == null) {
                    assertTrue(seen == sent.size() || seen - taken == 1024);
                    break;
                  }
                  assertSame(sent.get(seen++), frame);
                  inbox.next();
                }
              }
            }
          }
          assertNull(take(inbox));
          assertNull(inbox.ahead());
          assertEquals(FRAMES, seen);
        });
  }

  private static byte @Nullable [] take(Inbox inbox) {
    try {
      return inbox.take(0);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
