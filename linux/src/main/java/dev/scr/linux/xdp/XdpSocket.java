package dev.scr.linux.xdp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileCalls;
import dev.scr.linux.call.SocketCalls;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An AF_XDP socket in copy mode on one queue of one interface. It gets the frames that an XDP
 * program redirects to it ({@link XdpRedirect}) and can send. All frames live in one memory shared
 * with the kernel; nothing is allocated per frame. Owned by one thread, except {@link #statistics};
 * it stays in the network namespace in which it was opened. Needs CAP_NET_RAW.
 *
 * <pre>
 *   while (running) {
 *     int count = socket.receive(timeoutNs);
 *     for (int i = 0; i &lt; count; i++) handle(socket.memory(), socket.offset(i), socket.length(i));
 *     socket.release();
 *   }
 * </pre>
 */
public final class XdpSocket implements AutoCloseable {
  private static final int NO_FRAME = -1;

  /** Until it is seen that the interface has gone. */
  private static final long LONGEST_WAIT_NS = 100_000_000;

  private final NetworkLink link;
  private final int queue;
  private final Options options;
  private final XdpSetup.Parts parts;
  private final FramePool pool;
  private final MemorySegment pollSet;
  private final long[] offsets;
  private final int[] lengths;
  private int received;

  /**
   * Sizes; all are powers of two.
   *
   * @param frames in the shared memory. The kernel drops while it has none, so hold what arrives
   *     while this thread is not running
   * @param frameBytes 2048 or 4096; a frame is 256 bytes shorter than this at most
   * @param ringEntries of the receive and transmit rings
   * @param batch most frames per receive
   */
  public record Options(int frames, int frameBytes, int ringEntries, int batch) {
    /** 16384 frames of 2048 bytes. */
    public static final Options DEFAULT = new Options(1 << 14, 2048, 4096, 64);

    public Options {
      requirePower("frames", frames, 2, 1 << 20);
      requirePower("frameBytes", frameBytes, 2048, 4096);
      requirePower("ringEntries", ringEntries, 2, 1 << 16);
      requirePower("batch", batch, 1, 1 << 16);
    }

    private static void requirePower(String name, int value, int least, int most) {
      if (Integer.bitCount(value) != 1 || value < least || value > most) {
        throw new IllegalArgumentException(
            name + "=" + value + ": expected a power of two from " + least + " to " + most);
      }
    }
  }

  /**
   * The kernel's counts since opening.
   *
   * @param droppedOther frames lost for reasons that aren't below, such as being too long
   * @param ringFull frames lost because the receive ring was full
   * @param noFrame times that the kernel found no free frame in the fill ring
   * @param invalidSent descriptors that the kernel refused to send
   */
  public record Statistics(long droppedOther, long ringFull, long noFrame, long invalidSent) {}

  private XdpSocket(NetworkLink link, int queue, Options options, XdpSetup.Parts parts) {
    this.link = link;
    this.queue = queue;
    this.options = options;
    this.parts = parts;
    this.pool = new FramePool(options.frames(), options.frameBytes());
    this.pollSet = Arena.ofAuto().allocate(8, 8);
    this.offsets = new long[options.batch()];
    this.lengths = new int[options.batch()];
  }

  /**
   * Opens a socket on an interface of the calling thread's network namespace.
   *
   * @throws SystemCallException EINVAL: no such queue; EBUSY: the queue has a socket; ENOBUFS: the
   *     limit of locked memory is too low
   */
  public static XdpSocket open(NetworkLink link, int queue, Options options) {
    XdpSetup.Parts parts = XdpSetup.make(link, queue, options);
    XdpSocket socket = new XdpSocket(link, queue, options, parts);
    socket.refill();
    try {
      XdpSetup.bind(parts.socket(), link, queue);
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** For {@link XdpRedirect}. */
  int fd() {
    return parts.socket().number();
  }

  public NetworkLink link() {
    return link;
  }

  public int queue() {
    return queue;
  }

  /** The shared memory; received frames are in it until {@link #release}. */
  public MemorySegment memory() {
    return parts.frames();
  }

  /**
   * Waits for frames. Frames of the previous call that were not released are released first.
   *
   * @param timeoutNs 0 doesn't wait; a negative one waits for ever
   * @return how many there are; 0 after the timeout
   * @throws SystemCallException ENODEV when the interface has gone and a wait found nothing
   */
  public int receive(long timeoutNs) {
    release();
    long deadlineNs = System.nanoTime() + timeoutNs;
    long leftNs = timeoutNs;
    while (parts.receive().filled() == 0 && leftNs != 0) {
      await(leftNs < 0 ? LONGEST_WAIT_NS : Math.min(leftNs, LONGEST_WAIT_NS));
      leftNs = timeoutNs < 0 ? -1 : Math.max(0, deadlineNs - System.nanoTime());
    }
    return takeBatch();
  }

  /**
   * A poll does not end when the interface goes, and says nothing of it: the kernel leaves an error
   * on the socket, which this thread has to ask for.
   */
  private void await(long timeoutNs) {
    FileCalls.pollRow(pollSet, 0, fd(), FileCalls.POLLIN);
    int ready = FileCalls.poll(pollSet, timeoutNs);
    if (ready < 0 && ready != -Errno.EINTR) {
      throw new SystemCallException("wait on " + this, -ready);
    }
    if (parts.receive().filled() == 0 && XdpSetup.error(parts.socket(), this) == Errno.ENETDOWN) {
      throw new SystemCallException("receive on " + this, Errno.ENODEV, "the interface has gone");
    }
  }

  private int takeBatch() {
    XdpRing ring = parts.receive();
    int count = Math.min(ring.filled(), options.batch());
    int first = ring.consumer();
    for (int i = 0; i < count; i++) {
      long at = ring.descriptor(first + i);
      offsets[i] = ring.memory().get(JAVA_LONG, at);
      lengths[i] = ring.memory().get(JAVA_INT, at + 8);
      checkInside(offsets[i], lengths[i]);
    }
    ring.consume(count);
    received = count;
    return count;
  }

  private void checkInside(long offset, int length) {
    long size = parts.frames().byteSize();
    if (offset < 0 || offset >= size || length < 0 || length > size - offset) {
      throw new IllegalStateException(
          this
              + ": expected a frame inside "
              + size
              + " bytes, found offset="
              + offset
              + " length="
              + length);
    }
  }

  /** Where frame {@code i} of the last receive starts in {@link #memory}. */
  public long offset(int i) {
    return offsets[checked(i)];
  }

  /** Bytes of frame {@code i}. */
  public int length(int i) {
    return lengths[checked(i)];
  }

  private int checked(int i) {
    if (i < 0 || i >= received || offsets[i] == NO_FRAME) {
      throw new IndexOutOfBoundsException(
          "frame " + i + ": expected one of the " + received + " received and not sent on");
    }
    return i;
  }

  /** Gives the received frames back to the kernel. */
  public void release() {
    for (int i = 0; i < received; i++) {
      if (offsets[i] != NO_FRAME) {
        pool.give(frameOf(offsets[i]));
      }
    }
    received = 0;
    refill();
  }

  private long frameOf(long offset) {
    return offset & -(long) options.frameBytes();
  }

  /** Keeps a part of the frames back for sending. */
  private void refill() {
    XdpRing fill = parts.fill();
    int count = Math.min(fill.room(), pool.size() - options.frames() / 4);
    if (count <= 0) {
      return;
    }
    int first = fill.producer();
    for (int i = 0; i < count; i++) {
      fill.memory().set(JAVA_LONG, fill.address(first + i), pool.take());
    }
    fill.produce(count);
  }

  /**
   * Queues a copy of {@code frame} for sending; false when there is no room. {@link #flush} sends.
   */
  public boolean send(MemorySegment frame) {
    int length = (int) frame.byteSize();
    if (length > options.frameBytes()) {
      throw new IllegalArgumentException(
          "frame of " + length + " bytes > frameBytes=" + options.frameBytes());
    }
    reclaim();
    if (pool.size() == 0 || parts.transmit().room() == 0) {
      return false;
    }
    long target = pool.take();
    MemorySegment.copy(frame, 0, parts.frames(), target, length);
    queue(target, length);
    return true;
  }

  /**
   * Queues received frame {@code i}, as the caller has changed it, for sending without a copy; it
   * is then no longer the caller's. False when there is no room.
   */
  public boolean sendReceived(int i, int length) {
    long offset = offsets[checked(i)];
    long frameEnd = frameOf(offset) + options.frameBytes();
    if (length < 0 || length > frameEnd - offset) {
      throw new IllegalArgumentException("length=" + length + " > room=" + (frameEnd - offset));
    }
    reclaim();
    if (parts.transmit().room() == 0) {
      return false;
    }
    offsets[i] = NO_FRAME;
    queue(offset, length);
    return true;
  }

  private void queue(long offset, int length) {
    XdpRing transmit = parts.transmit();
    long at = transmit.descriptor(transmit.producer());
    transmit.memory().set(JAVA_LONG, at, offset);
    transmit.memory().set(JAVA_INT, at + 8, length);
    transmit.memory().set(JAVA_INT, at + 12, 0);
    transmit.produce(1);
  }

  /**
   * Makes the kernel send what is queued. In copy mode it takes at most 32 frames each time it is
   * told.
   */
  public void flush() {
    XdpRing transmit = parts.transmit();
    int before = transmit.room();
    while (transmit.needsWakeUp()) {
      long result = SocketCalls.send(fd(), MemorySegment.NULL, SocketCalls.MSG_DONTWAIT);
      int now = transmit.room();
      switch ((int) -Math.min(result, 0)) {
        case 0, Errno.EAGAIN, Errno.EBUSY, Errno.ENOBUFS, Errno.EINTR -> {}
        case Errno.ENETDOWN -> now = before;
        default -> throw new SystemCallException("send on " + this, (int) -result);
      }
      reclaim();
      if (now == before || result >= 0) {
        return;
      }
      before = now;
    }
  }

  /** Takes frames back that the kernel has sent. */
  private void reclaim() {
    XdpRing completion = parts.completion();
    int count = completion.filled();
    int first = completion.consumer();
    for (int i = 0; i < count; i++) {
      long offset = completion.memory().get(JAVA_LONG, completion.address(first + i));
      checkInside(offset, 0);
      pool.give(frameOf(offset));
    }
    completion.consume(count);
  }

  /** Any thread may ask. */
  public Statistics statistics() {
    return XdpSetup.statistics(parts.socket(), this);
  }

  @Override
  public void close() {
    parts.close();
  }

  @Override
  public String toString() {
    return "AF_XDP socket on " + link.name() + " queue " + queue;
  }
}
