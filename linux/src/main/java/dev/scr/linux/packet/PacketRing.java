package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileCalls;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.MappedMemory;
import dev.scr.linux.call.SocketCalls;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Receives through memory that the kernel fills block by block (TPACKET_V3): no system call per
 * frame and a long buffer, for a latency of up to the time after which an unfinished block is
 * handed over. For a receiver that is always busy; {@link PacketSocket} answers sooner and also
 * sends. Owned by one thread, except {@link #statistics}. Needs CAP_NET_RAW.
 *
 * <pre>
 *   while (running) {
 *     if (ring.receive(timeoutNs) == 0) continue;
 *     while (ring.next()) handle(ring.memory(), ring.offset(), ring.length());
 *   }
 * </pre>
 */
public final class PacketRing implements AutoCloseable {
  private static final int PACKET_RX_RING = 5;
  private static final int PACKET_STATISTICS = 6;
  private static final int PACKET_VERSION = 10;
  private static final int PACKET_RESERVE = 12;
  private static final int VERSION_3 = 2;
  private static final int NOMINAL_FRAME_BYTES = 2048;
  private static final int OWNED_BY_KERNEL = 0;
  private static final int OWNED_BY_USER = 1;
  private static final VarHandle STATUS = JAVA_INT.varHandle();

  private final NetworkLink link;
  private final FileDescriptor socket;
  private final MappedMemory memory;
  private final Options options;
  private final RingBlock block;
  private final MemorySegment pollSet = Arena.ofAuto().allocate(8, 8);
  private int current;
  private boolean held;
  private long received;
  private long dropped;

  /**
   * Sizes.
   *
   * @param blocks how many, at least 2
   * @param blockBytes a power of two from 64 KiB, so that the longest frame fits
   * @param retireMs after so many milliseconds a block that isn't full is handed over, 1 or more
   */
  public record Options(int blocks, int blockBytes, int retireMs) {
    /** 64 blocks of 256 KiB, 10 ms: about 100,000 small frames. */
    public static final Options DEFAULT = new Options(64, 1 << 18, 10);

    public Options {
      if (blocks < 2 || Integer.bitCount(blockBytes) != 1 || blockBytes < 1 << 16 || retireMs < 1) {
        throw new IllegalArgumentException(
            "ring: expected blocks >= 2, blockBytes a power of two >= 65536, retireMs >= 1, found blocks=%d blockBytes=%d retireMs=%d"
                .formatted(blocks, blockBytes, retireMs));
      }
    }
  }

  /**
   * Counts since opening.
   *
   * @param received frames for which there was room
   * @param dropped frames that found every block full
   */
  public record Statistics(long received, long dropped) {}

  private PacketRing(
      NetworkLink link, FileDescriptor socket, MappedMemory memory, Options options) {
    this.link = link;
    this.socket = socket;
    this.memory = memory;
    this.options = options;
    this.block = new RingBlock(memory.segment(), options.blockBytes());
  }

  /**
   * Opens a ring on an interface of the calling thread's network namespace, in promiscuous mode.
   *
   * @throws SystemCallException ENODEV: no such interface; EPERM: CAP_NET_RAW is lacking; ENOMEM:
   *     no memory for the blocks
   */
  public static PacketRing open(String interfaceName, Options options) {
    NetworkLink link = PacketSocketSetup.link(interfaceName);
    FileDescriptor socket = PacketSocketSetup.configured(link, PacketSocket.Options.DEFAULT);
    try {
      int fd = socket.number();
      set(fd, PACKET_VERSION, VERSION_3, "use TPACKET_V3");
      set(fd, PACKET_RESERVE, FrameBatch.VLAN_TAG_BYTES, "reserve room for VLAN tags");
      makeRing(fd, options);
      long bytes = (long) options.blocks() * options.blockBytes();
      MappedMemory memory = MappedMemory.of(socket, bytes, 0, "the ring of " + interfaceName);
      PacketSocketSetup.bind(fd, link);
      return new PacketRing(link, socket, memory, options);
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private static void set(int fd, int option, int value, String what) {
    SystemCallException.check(
        SocketCalls.setOption(fd, PacketSocket.SOL_PACKET, option, value),
        "AF_PACKET ring: " + what);
  }

  // struct tpacket_req3 { block_size block_nr frame_size frame_nr retire_ms private features }, 4
  // bytes each
  private static void makeRing(int fd, Options options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(28, 4);
      request.set(JAVA_INT, 0, options.blockBytes());
      request.set(JAVA_INT, 4, options.blocks());
      request.set(JAVA_INT, 8, NOMINAL_FRAME_BYTES);
      request.set(JAVA_INT, 12, options.blockBytes() / NOMINAL_FRAME_BYTES * options.blocks());
      request.set(JAVA_INT, 16, options.retireMs());
      SystemCallException.check(
          SocketCalls.setOption(fd, PacketSocket.SOL_PACKET, PACKET_RX_RING, request),
          "AF_PACKET ring: make "
              + options.blocks()
              + " blocks of "
              + options.blockBytes()
              + " bytes");
    }
  }

  /**
   * Waits for a block and gives the one before back to the kernel.
   *
   * @param timeoutNs 0 doesn't wait; a negative one waits for ever
   * @return how many frames it has; 0 after the timeout
   * @throws SystemCallException ENODEV when the interface has gone
   */
  public int receive(long timeoutNs) {
    release();
    long deadlineNs = System.nanoTime() + timeoutNs;
    while (true) {
      if (isReady()) {
        held = true;
        int frames = block.enter(start());
        if (frames > 0) {
          return frames;
        }
        release();
        continue;
      }
      long leftNs = timeoutNs < 0 ? -1 : deadlineNs - System.nanoTime();
      if (timeoutNs >= 0 && leftNs <= 0) {
        return 0;
      }
      await(leftNs);
    }
  }

  private long start() {
    return (long) current * options.blockBytes();
  }

  private boolean isReady() {
    int status = (int) STATUS.getAcquire(memory.segment(), start() + RingBlock.STATUS);
    return (status & OWNED_BY_USER) != 0;
  }

  private void await(long timeoutNs) {
    FileCalls.pollRow(pollSet, 0, socket.number(), FileCalls.POLLIN);
    int ready = FileCalls.poll(pollSet, timeoutNs);
    if (ready < 0 && ready != -Errno.EINTR) {
      throw new SystemCallException("wait on " + this, -ready);
    }
    boolean failed = ready > 0 && (FileCalls.polled(pollSet, 0) & FileCalls.POLLERR) != 0;
    if (failed && !link.existsFor(socket)) {
      throw new SystemCallException("receive on " + this, Errno.ENODEV, "the interface has gone");
    }
    if (failed) {
      clearError();
    }
  }

  /**
   * An interface that goes down leaves an error on the socket, which poll reports until somebody
   * reads it.
   */
  private void clearError() {
    try (Arena arena = Arena.ofConfined()) {
      SocketCalls.getOption(
          socket.number(), SocketCalls.SOL_SOCKET, SocketCalls.SO_ERROR, arena.allocate(4, 4));
    }
  }

  /** Goes to the next frame of the block; false after the last one. */
  public boolean next() {
    return block.next();
  }

  /** All blocks; the current frame is at {@link #offset} for {@link #length}. */
  public MemorySegment memory() {
    return memory.segment();
  }

  public long offset() {
    return block.offset();
  }

  /** Bytes of the current frame that are here. */
  public int length() {
    return block.length();
  }

  /** Bytes of the current frame on the wire. */
  public int originalLength() {
    return block.originalLength();
  }

  /** When the kernel received the current frame, nanoseconds since 1970. */
  public long timestampNs() {
    return block.timestampNs();
  }

  /**
   * The sender left the transport checksum of the current frame to a network card that isn't there.
   */
  public boolean checksumMissing() {
    return block.checksumMissing();
  }

  /** Gives the block back to the kernel before the next {@link #receive} does. */
  public void release() {
    if (held) {
      held = false;
      block.leave();
      STATUS.setRelease(memory.segment(), start() + RingBlock.STATUS, OWNED_BY_KERNEL);
      current = current + 1 == options.blocks() ? 0 : current + 1;
    }
  }

  /** Any thread may ask. */
  public synchronized Statistics statistics() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counts = arena.allocate(12, 4);
      SystemCallException.check(
          SocketCalls.getOption(
              socket.number(), PacketSocket.SOL_PACKET, PACKET_STATISTICS, counts),
          "read statistics of " + this);
      long drops = Integer.toUnsignedLong(counts.get(JAVA_INT, 4));
      received += Integer.toUnsignedLong(counts.get(JAVA_INT, 0)) - drops;
      dropped += drops;
      return new Statistics(received, dropped);
    }
  }

  @Override
  public void close() {
    socket.close();
    memory.close();
  }

  @Override
  public String toString() {
    return "AF_PACKET ring on " + link.name();
  }
}
