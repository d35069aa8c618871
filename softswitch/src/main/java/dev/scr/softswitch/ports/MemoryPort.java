package dev.scr.softswitch.ports;

import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A port whose other end is in this process: queues of frames, bounded as a device's are. */
public final class MemoryPort implements Port {

  private static final byte[] CLOSED = new byte[0];

  private final String name;
  private final BlockingQueue<byte[]> in;
  private final BlockingQueue<byte[]> out;
  private volatile boolean closed;

  /** {@code capacity} is how many frames may wait in each direction. */
  public MemoryPort(String name, int capacity) {
    this.name = name;
    in = new LinkedBlockingQueue<>(capacity);
    out = new LinkedBlockingQueue<>(capacity);
  }

  @Override
  public String name() {
    return name;
  }

  /** A frame arrives at the port; false if too many wait already. */
  public boolean arrive(byte[] frame) {
    return !closed && in.offer(frame.clone());
  }

  /** A frame that was sent out of the port, or null after the timeout. */
  public byte @Nullable [] depart(long timeoutNs) throws InterruptedException {
    return out.poll(timeoutNs, TimeUnit.NANOSECONDS);
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // the mark that wakes the receiver
  public int receive(Receiver receiver, long timeoutNs) {
    byte[] frame;
    try {
      frame = in.poll(timeoutNs, TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return -1;
    }
    if (closed || frame == CLOSED) {
      return -1;
    }
    if (frame == null) {
      return 0;
    }
    receiver.frame(frame, frame.length);
    return 1;
  }

  @Override
  public boolean send(byte[] bytes, int offset, int length) {
    return !closed && out.offer(Arrays.copyOfRange(bytes, offset, offset + length));
  }

  @Override
  public void close() {
    closed = true;
    var _ = in.offer(CLOSED);
  }
}
