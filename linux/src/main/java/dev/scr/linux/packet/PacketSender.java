package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SocketCalls;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sends frames on one interface, in batches, and never waits: what the interface does not take at
 * once is given up. A raw AF_PACKET socket to which no frame comes, neither those that arrive at
 * the interface nor its own; {@link PacketSocket} is for both directions. Allocates nothing per
 * frame. Owned by one thread; it stays in the network namespace in which it was opened. Opening
 * needs CAP_NET_RAW, sending nothing.
 *
 * <pre>
 *   bytes:  [ frame 0 | frame 1 | … ]     one after the other, however long each is
 * </pre>
 */
public final class PacketSender implements AutoCloseable {
  /** Most frames in a batch. */
  public static final int BATCH_FRAMES = 64;

  /** At least a batch of ordinary frames, and the longest frame of all. */
  private static final int BATCH_BYTES = 1 << 18;

  /** Where a driver keeps frames until they have left, they count against this. */
  private static final int SEND_BUFFER_BYTES = 4 << 20;

  private final NetworkLink link;
  private final FileDescriptor socket;
  private final MemorySegment bytes;
  private final MemorySegment vectors;
  private final MemorySegment[] messagesFrom = new MemorySegment[BATCH_FRAMES];
  private int size;
  private int used;

  /** Hears what became of each frame of a batch. */
  @FunctionalInterface
  public interface Outcome {
    /** Frame {@code index} of the batch, from 0 on in the order in which they were added. */
    void frame(int index, SendResult result);
  }

  private PacketSender(NetworkLink link, FileDescriptor socket) {
    this.link = link;
    this.socket = socket;
    Arena arena = Arena.ofAuto();
    bytes = arena.allocate(BATCH_BYTES, 64);
    vectors = arena.allocate((long) BATCH_FRAMES * FrameBatch.VECTOR_BYTES, 8);
    MemorySegment messages = arena.allocate((long) BATCH_FRAMES * FrameBatch.MESSAGE_BYTES, 8);
    for (int i = 0; i < BATCH_FRAMES; i++) {
      long at = (long) i * FrameBatch.MESSAGE_BYTES;
      long vector = vectors.address() + (long) i * FrameBatch.VECTOR_BYTES;
      messages.set(JAVA_LONG, at + FrameBatch.MESSAGE_VECTOR, vector);
      messages.set(JAVA_LONG, at + FrameBatch.MESSAGE_VECTOR_COUNT, 1);
      messagesFrom[i] = messages.asSlice(at);
    }
  }

  /**
   * Opens a socket on an interface of the calling thread's network namespace.
   *
   * @throws SystemCallException ENODEV: no such interface; EPERM: CAP_NET_RAW is lacking
   */
  public static PacketSender open(String interfaceName) {
    NetworkLink link = PacketSocketSetup.link(interfaceName);
    return new PacketSender(link, PacketSocketSetup.sending(link, SEND_BUFFER_BYTES));
  }

  /** The interface as it was when the socket was opened. */
  public NetworkLink link() {
    return link;
  }

  /**
   * Whether frames can leave now. Without a carrier they cannot, but {@link #flush} would not say
   * so: the kernel takes them then and drops them.
   *
   * @throws SystemCallException ENODEV when the interface has gone
   */
  public boolean running() {
    if (link.runningFor(socket)) {
      return true;
    }
    requireInterface();
    return false;
  }

  private void requireInterface() {
    if (!link.existsFor(socket)) {
      throw new SystemCallException("send on " + this, Errno.ENODEV, "the interface has gone");
    }
  }

  /** How many frames wait for {@link #flush}. */
  public int size() {
    return size;
  }

  /**
   * Appends a copy of a frame to the batch; false when there is no room before the next flush. An
   * empty batch has room for every frame of up to 65,550 bytes.
   */
  public boolean add(byte[] frame, int offset, int length) {
    if (size == BATCH_FRAMES || length > BATCH_BYTES - used) {
      return false;
    }
    MemorySegment.copy(frame, offset, bytes, JAVA_BYTE, used, length);
    long vector = (long) size * FrameBatch.VECTOR_BYTES;
    vectors.set(JAVA_LONG, vector, bytes.address() + used);
    vectors.set(JAVA_LONG, vector + 8, length);
    used += length;
    size++;
    return true;
  }

  /**
   * Sends the batch in as few system calls as possible and empties it. Each frame has one outcome,
   * also when this throws.
   *
   * @throws SystemCallException ENODEV when the interface has gone
   */
  public void flush(Outcome outcome) {
    int next = 0;
    try {
      while (next < size) {
        int taken =
            SocketCalls.sendMessages(
                socket.number(), messagesFrom[next], size - next, SocketCalls.MSG_DONTWAIT);
        SendResult result = SendResult.of(taken, this);
        if (result == SendResult.LINK_DOWN) {
          requireInterface();
          return;
        }
        int end = next + Math.max(taken, 1);
        for (; next < end; next++) {
          outcome.frame(next, result);
        }
      }
    } finally {
      for (; next < size; next++) {
        outcome.frame(next, SendResult.LINK_DOWN);
      }
      clear();
    }
  }

  /** Forgets the frames of the batch. */
  public void clear() {
    size = 0;
    used = 0;
  }

  @Override
  public void close() {
    socket.close();
  }

  @Override
  public String toString() {
    return "AF_PACKET socket on " + link.name();
  }
}
