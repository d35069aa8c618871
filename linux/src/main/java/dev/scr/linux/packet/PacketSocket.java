package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileCalls;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SocketCalls;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A raw AF_PACKET socket on one interface: every frame that arrives there, VLAN tag included, and
 * none that leaves; and frames out of it. It stays in the network namespace in which it was opened,
 * whatever the threads that use it do. One thread may receive while another sends; further threads
 * wait for them. {@link #close} and {@link #wakeUp} may come from any thread. Needs CAP_NET_RAW.
 */
public final class PacketSocket implements AutoCloseable {
  /** Destination, source, ethertype. */
  public static final int ETHERNET_HEADER_BYTES = 14;

  /** The longest that the kernel hands over: 64 KiB of coalesced payload and the headers. */
  public static final int LONGEST_FRAME_BYTES = (1 << 16) + ETHERNET_HEADER_BYTES;

  static final int SOL_PACKET = 263;
  static final int PACKET_AUXDATA = 8;

  private static final int PACKET_STATISTICS = 6;
  private static final long SEND_LOOK_UP_NS = 50_000_000;

  private final NetworkLink link;
  private final FileDescriptor socket;
  private final FileDescriptor wake;
  private final MemorySegment pollSet;
  private final MemorySegment sendPollSet;
  private final MemorySegment wakeCount;
  private final ReentrantLock receiving = new ReentrantLock();
  private final ReentrantLock sending = new ReentrantLock();
  private final LongAdder sent = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private volatile boolean closed;
  private long received;
  private long dropped;
  private FrameBatch single = new FrameBatch(1, ETHERNET_HEADER_BYTES);
  private MemorySegment staging = MemorySegment.NULL;

  /**
   * How to open a socket.
   *
   * @param promiscuous also frames for other MAC addresses, as long as the socket is open
   * @param receiveBufferBytes what the kernel may hold for the reader; it caps this without
   *     CAP_NET_ADMIN
   * @param bypassQueueing send around the interface's queueing discipline
   */
  public record Options(boolean promiscuous, int receiveBufferBytes, boolean bypassQueueing) {
    /** Promiscuous, 8 MiB, with queueing. */
    public static final Options DEFAULT = new Options(true, 8 << 20, false);
  }

  /**
   * Counts since opening.
   *
   * @param received frames that arrived for this socket and that it had room for
   * @param dropped frames that arrived while the receive buffer was full
   * @param sent frames that the interface took
   * @param refused frames that it didn't take; see {@link SendResult}
   */
  public record Statistics(long received, long dropped, long sent, long refused) {}

  private PacketSocket(NetworkLink link, FileDescriptor socket, FileDescriptor wake) {
    this.link = link;
    this.socket = socket;
    this.wake = wake;
    Arena arena = Arena.ofAuto();
    this.pollSet = arena.allocate(16, 8);
    this.sendPollSet = arena.allocate(8, 8);
    this.wakeCount = arena.allocate(8, 8);
  }

  /** As {@link #open(String, Options)} with {@link Options#DEFAULT}. */
  public static PacketSocket open(String interfaceName) {
    return open(interfaceName, Options.DEFAULT);
  }

  /**
   * Opens a socket on an interface of the calling thread's network namespace.
   *
   * @throws SystemCallException ENODEV: no such interface; EPERM: CAP_NET_RAW is lacking
   */
  public static PacketSocket open(String interfaceName, Options options) {
    NetworkLink link = PacketSocketSetup.link(interfaceName);
    FileDescriptor socket = PacketSocketSetup.bound(link, options);
    try {
      FileDescriptor wake =
          FileDescriptor.of(FileCalls.eventfd(FileCalls.EFD_NONBLOCK), "open eventfd");
      return new PacketSocket(link, socket, wake);
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** The interface as it was when the socket was opened. */
  public NetworkLink link() {
    return link;
  }

  /**
   * Waits for frames and takes what is there, up to the batch's capacity.
   *
   * @param timeoutNs 0 doesn't wait; a negative one waits for ever
   * @return how many; 0 after the timeout, {@link #wakeUp} or {@link #close}
   * @throws SystemCallException ENODEV when the interface has gone
   */
  public int receive(FrameBatch batch, long timeoutNs) {
    long deadlineNs = System.nanoTime() + timeoutNs;
    receiving.lock();
    try {
      while (!closed) {
        int count =
            batch.receiveFrom(socket.number(), SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_TRUNC);
        if (count > 0) {
          return count;
        }
        checkIdle(count);
        long leftNs = timeoutNs < 0 ? -1 : deadlineNs - System.nanoTime();
        if ((timeoutNs >= 0 && leftNs <= 0) || woken(leftNs)) {
          return 0;
        }
      }
      return 0;
    } finally {
      receiving.unlock();
    }
  }

  private void checkIdle(int result) {
    switch (-result) {
      case 0, Errno.EAGAIN, Errno.EINTR -> {}
      case Errno.ENETDOWN -> {
        if (!link.existsFor(socket)) {
          throw new SystemCallException(
              "receive on " + this, Errno.ENODEV, "the interface has gone");
        }
      }
      default -> throw new SystemCallException("receive on " + this, -result);
    }
  }

  /** Waits for the socket; true when somebody called {@link #wakeUp} meanwhile. */
  private boolean woken(long timeoutNs) {
    FileCalls.pollRow(pollSet, 0, socket.number(), FileCalls.POLLIN);
    FileCalls.pollRow(pollSet, 1, wake.number(), FileCalls.POLLIN);
    int ready = FileCalls.poll(pollSet, timeoutNs);
    if (ready < 0 && ready != -Errno.EINTR) {
      throw new SystemCallException("wait on " + this, -ready);
    }
    if (ready <= 0 || FileCalls.polled(pollSet, 1) == 0) {
      return false;
    }
    if (!closed) {
      FileCalls.read(wake.number(), wakeCount);
    }
    return true;
  }

  /**
   * Receives one frame into {@code into}, which may be on or off the heap.
   *
   * @return the frame's length on the wire, which may be more than what fitted; -1 after the
   *     timeout, {@link #wakeUp} or {@link #close}
   */
  public int receive(MemorySegment into, long timeoutNs) {
    receiving.lock();
    try {
      if (receive(room(into.byteSize()), timeoutNs) == 0) {
        return -1;
      }
      long fits = Math.min(into.byteSize(), single.length(0));
      MemorySegment.copy(single.memory(), single.offset(0), into, 0, fits);
      return single.originalLength(0);
    } finally {
      receiving.unlock();
    }
  }

  /** As {@link #receive(MemorySegment, long)}. */
  public int receive(byte[] into, long timeoutNs) {
    return receive(MemorySegment.ofArray(into), timeoutNs);
  }

  /**
   * One frame, copied, with what is known about it; empty after the timeout, {@link #wakeUp} or
   * {@link #close}.
   */
  public Optional<Frame> receive(Duration timeout) {
    receiving.lock();
    try {
      if (receive(room(LONGEST_FRAME_BYTES), timeout.toNanos()) == 0) {
        return Optional.empty();
      }
      return Optional.of(
          new Frame(single.toBytes(0), single.timestampNs(0), single.originalLength(0)));
    } finally {
      receiving.unlock();
    }
  }

  private FrameBatch room(long bytes) {
    if (single.maxFrameBytes() < bytes) {
      single = new FrameBatch(1, (int) Math.min(bytes, LONGEST_FRAME_BYTES));
    }
    return single;
  }

  /** Sends one frame without waiting. It may be on or off the heap. */
  public SendResult send(MemorySegment frame) {
    return send(frame, 0);
  }

  /** As {@link #send(MemorySegment)}. */
  public SendResult send(byte[] frame) {
    return send(MemorySegment.ofArray(frame), 0);
  }

  /** Sends one frame; waits for room for at most {@code timeoutNs} (for ever when negative). */
  public SendResult send(MemorySegment frame, long timeoutNs) {
    sending.lock();
    try {
      MemorySegment data = frame.isNative() ? frame : stage(frame);
      long deadlineNs = System.nanoTime() + timeoutNs;
      while (true) {
        SendResult result =
            SendResult.of(SocketCalls.send(socket.number(), data, SocketCalls.MSG_DONTWAIT), this);
        if (result != SendResult.QUEUE_FULL || !roomBefore(deadlineNs, timeoutNs)) {
          (result == SendResult.SENT ? sent : refused).increment();
          return result;
        }
      }
    } finally {
      sending.unlock();
    }
  }

  /**
   * Sends a whole batch in as few system calls as possible. A frame that can't be sent at all is
   * left out and counted as refused; for room in the queue it waits for at most {@code timeoutNs}
   * (for ever when negative) and then leaves out the rest.
   *
   * @return how many were sent
   */
  public int send(FrameBatch batch, long timeoutNs) {
    sending.lock();
    try {
      long deadlineNs = System.nanoTime() + timeoutNs;
      int taken = 0;
      int next = 0;
      while (next < batch.size()) {
        int count = batch.sendTo(socket.number(), next, SocketCalls.MSG_DONTWAIT);
        if (count > 0) {
          taken += count;
          next += count;
        } else if (SendResult.of(count, this) != SendResult.QUEUE_FULL) {
          next++;
        } else if (!roomBefore(deadlineNs, timeoutNs)) {
          break;
        }
      }
      sent.add(taken);
      refused.add(batch.size() - taken);
      return taken;
    } finally {
      sending.unlock();
    }
  }

  /**
   * Waits for room; false when the time is up. Looks up now and then because only the receiver may
   * consume a wake-up.
   */
  private boolean roomBefore(long deadlineNs, long timeoutNs) {
    long leftNs = timeoutNs < 0 ? SEND_LOOK_UP_NS : deadlineNs - System.nanoTime();
    if (closed || leftNs <= 0) {
      return false;
    }
    FileCalls.pollRow(sendPollSet, 0, socket.number(), FileCalls.POLLOUT);
    FileCalls.poll(sendPollSet, Math.min(leftNs, SEND_LOOK_UP_NS));
    return !closed;
  }

  private MemorySegment stage(MemorySegment frame) {
    if (staging.byteSize() < frame.byteSize()) {
      staging = Arena.ofAuto().allocate(Math.max(2048, frame.byteSize()), 64);
    }
    return staging.asSlice(0, frame.byteSize()).copyFrom(frame);
  }

  /** Makes the receive call that is waiting, or the next one, return 0. */
  public void wakeUp() {
    try (Arena arena = Arena.ofConfined()) {
      FileCalls.write(wake.number(), arena.allocateFrom(JAVA_LONG, 1));
    }
  }

  public Statistics statistics() {
    synchronized (sent) {
      if (!closed) {
        readStatistics();
      }
      return new Statistics(received, dropped, sent.sum(), refused.sum());
    }
  }

  // struct tpacket_stats { packets:4 (with drops) drops:4 }; reading sets the kernel's counts to 0.
  private void readStatistics() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counts = arena.allocate(8, 4);
      SystemCallException.check(
          SocketCalls.getOption(socket.number(), SOL_PACKET, PACKET_STATISTICS, counts),
          "read statistics of " + this);
      long drops = Integer.toUnsignedLong(counts.get(JAVA_INT, 4));
      received += Integer.toUnsignedLong(counts.get(JAVA_INT, 0)) - drops;
      dropped += drops;
    }
  }

  /** Ends waiting calls and gives the socket back. Closing twice does nothing. */
  @Override
  public void close() {
    synchronized (sent) {
      if (closed) {
        return;
      }
      readStatistics();
      closed = true;
    }
    wakeUp();
    receiving.lock();
    sending.lock();
    try {
      socket.close();
      wake.close();
    } finally {
      sending.unlock();
      receiving.unlock();
    }
  }

  @Override
  public String toString() {
    return "AF_PACKET socket on " + link.name();
  }
}
