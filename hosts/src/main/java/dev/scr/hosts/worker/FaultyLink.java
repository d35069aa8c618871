package dev.scr.hosts.worker;

import dev.scr.hosts.sequencer.FrameSink;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * The way from the sequencer to the workers, with {@link Faults}: loses, delays and doubles frames.
 * Confined to the sequencer's thread.
 */
public final class FaultyLink implements FrameSink {
  private final Faults faults;
  private final FrameSink next;
  private final SplittableRandom random;
  private final PriorityQueue<Delayed> delayed =
      new PriorityQueue<>(Comparator.comparingLong(Delayed::due).thenComparingLong(Delayed::order));
  private long frames;
  private long lost;
  private long duplicated;

  /** A frame that is on its way until as many frames have been sent as {@code due}. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Delayed(long due, long order, int port, byte[] frame) {}

  /** A link that hands over to a sink what gets through. */
  public FaultyLink(Faults faults, FrameSink next) {
    this.faults = faults;
    this.next = next;
    this.random = new SplittableRandom(faults.seed());
  }

  @Override
  public void frame(int port, byte[] frame, int length) {
    frames++;
    if (faults.loss().losesNext()) {
      lost++;
    } else {
      send(port, frame, length);
      if (faults.duplicate() > 0 && random.nextDouble() < faults.duplicate()) {
        duplicated++;
        send(port, frame, length);
      }
    }
    deliver(frames);
  }

  private void send(int port, byte[] frame, int length) {
    if (faults.reorder() == 0) {
      next.frame(port, frame, length);
    } else {
      long due = frames + random.nextInt(faults.reorder() + 1);
      delayed.add(
          new Delayed(due, delayed.size() + 2 * frames, port, Arrays.copyOf(frame, length)));
    }
  }

  /** Delivers what is still on its way. */
  public void flush() {
    deliver(Long.MAX_VALUE);
  }

  private void deliver(long now) {
    for (Delayed frame = delayed.peek(); frame != null && frame.due() <= now; ) {
      delayed.remove();
      next.frame(frame.port(), frame.frame(), frame.frame().length);
      frame = delayed.peek();
    }
  }

  /** Frames that were lost. */
  public long lost() {
    return lost;
  }

  /** Frames that were sent twice. */
  public long duplicated() {
    return duplicated;
  }
}
