package dev.scr.linux.xdp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SocketCalls;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** The way from an interface's queue to a bound AF_XDP socket with its memory and rings. */
final class XdpSetup {
  private static final int SOL_XDP = 283;
  private static final int MMAP_OFFSETS = 1;
  private static final int RECEIVE_RING = 2;
  private static final int TRANSMIT_RING = 3;
  private static final int MEMORY = 4;
  private static final int FILL_RING = 5;
  private static final int COMPLETION_RING = 6;
  private static final int STATISTICS = 7;
  private static final long RECEIVE_PAGE = 0;
  private static final long TRANSMIT_PAGE = 0x8000_0000L;
  private static final long FILL_PAGE = 0x1_0000_0000L;
  private static final long COMPLETION_PAGE = 0x1_8000_0000L;
  private static final int PAGE_BYTES = 4096;
  private static final int COPY = 1 << 1;
  private static final int USE_NEED_WAKEUP = 1 << 3;

  private XdpSetup() {}

  /**
   * What belongs to a socket; closing gives all back, the shared memory when nobody can reach it
   * any more.
   */
  record Parts(
      FileDescriptor socket,
      Arena memory,
      MemorySegment frames,
      XdpRing fill,
      XdpRing completion,
      XdpRing receive,
      XdpRing transmit)
      implements AutoCloseable {
    @Override
    public void close() {
      socket.close();
      fill.close();
      completion.close();
      receive.close();
      transmit.close();
      if (memory.scope().isAlive()) {
        memory.close();
      }
    }
  }

  @SuppressWarnings("MustBeClosed") // The parts close it.
  static Parts make(NetworkLink link, int queue, XdpSocket.Options options) {
    String name = "AF_XDP socket on " + link.name() + " queue " + queue;
    FileDescriptor socket =
        FileDescriptor.of(
            SocketCalls.socket(SocketCalls.AF_XDP, SocketCalls.SOCK_RAW, 0), "open " + name);
    Deque<AutoCloseable> made = new ArrayDeque<>();
    Arena memory = Arena.ofShared();
    made.push(memory);
    made.push(socket);
    try {
      MemorySegment frames = share(socket, memory, options, name);
      // The fill ring can hold every frame; sent frames come back at most as fast as they are
      // queued.
      size(socket, FILL_RING, options.frames(), name);
      size(socket, COMPLETION_RING, options.ringEntries(), name);
      size(socket, RECEIVE_RING, options.ringEntries(), name);
      size(socket, TRANSMIT_RING, options.ringEntries(), name);
      return map(socket, memory, frames, options, name, made);
    } catch (RuntimeException e) {
      closeAll(made, e);
      throw e;
    }
  }

  // struct xdp_umem_reg { addr:8 len:8 chunk_size:4 headroom:4 flags:4 }
  private static MemorySegment share(
      FileDescriptor socket, Arena memory, XdpSocket.Options options, String name) {
    long bytes = (long) options.frames() * options.frameBytes();
    MemorySegment frames = memory.allocate(bytes, PAGE_BYTES);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment registration = arena.allocate(32, 8);
      registration.set(JAVA_LONG, 0, frames.address());
      registration.set(JAVA_LONG, 8, bytes);
      registration.set(JAVA_INT, 16, options.frameBytes());
      int result = SocketCalls.setOption(socket.number(), SOL_XDP, MEMORY, registration);
      if (result < 0) {
        String remedy =
            result == -Errno.ENOBUFS ? "raise 'ulimit -l', or run with CAP_IPC_LOCK" : "";
        throw new SystemCallException("share " + bytes + " bytes with " + name, -result, remedy);
      }
    }
    return frames;
  }

  private static void size(FileDescriptor socket, int ring, int entries, String name) {
    SystemCallException.check(
        SocketCalls.setOption(socket.number(), SOL_XDP, ring, entries),
        "make a ring of " + entries + " entries for " + name);
  }

  private static Parts map(
      FileDescriptor socket,
      Arena memory,
      MemorySegment frames,
      XdpSocket.Options options,
      String name,
      Deque<AutoCloseable> made) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = arena.allocate(4 * XdpRing.Layout.BYTES, 8);
      int bytes = SocketCalls.getOption(socket.number(), SOL_XDP, MMAP_OFFSETS, at);
      SystemCallException.check(bytes, "ask where the rings are of " + name);
      if (bytes < at.byteSize()) {
        throw new SystemCallException(
            name + ": expected ring offsets of " + at.byteSize() + " bytes, found " + bytes,
            Errno.EOPNOTSUPP,
            "Linux 5.4 or newer is needed");
      }
      int entries = options.ringEntries();
      XdpRing receive = new XdpRing(socket, RECEIVE_PAGE, layout(at, 0), entries, 16, "receive");
      made.push(receive);
      XdpRing transmit = new XdpRing(socket, TRANSMIT_PAGE, layout(at, 1), entries, 16, "transmit");
      made.push(transmit);
      XdpRing fill = new XdpRing(socket, FILL_PAGE, layout(at, 2), options.frames(), 8, "fill");
      made.push(fill);
      XdpRing completion =
          new XdpRing(socket, COMPLETION_PAGE, layout(at, 3), entries, 8, "completion");
      return new Parts(socket, memory, frames, fill, completion, receive, transmit);
    }
  }

  private static XdpRing.Layout layout(MemorySegment offsets, int ring) {
    return XdpRing.Layout.read(offsets, (long) ring * XdpRing.Layout.BYTES);
  }

  private static void closeAll(Deque<AutoCloseable> made, RuntimeException cause) {
    while (!made.isEmpty()) {
      try {
        made.pop().close();
      } catch (Exception e) {
        cause.addSuppressed(e);
      }
    }
  }

  // struct sockaddr_xdp { family:2 flags:2 ifindex:4 queue:4 shared_fd:4 }
  static void bind(FileDescriptor socket, NetworkLink link, int queue) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(16, 4);
      address.set(JAVA_SHORT, 0, (short) SocketCalls.AF_XDP);
      address.set(JAVA_SHORT, 2, (short) (COPY | USE_NEED_WAKEUP));
      address.set(JAVA_INT, 4, link.index());
      address.set(JAVA_INT, 8, queue);
      SystemCallException.check(
          SocketCalls.bind(socket.number(), address),
          "bind AF_XDP to " + link.name() + " queue " + queue);
    }
  }

  /** Reads, and forgets, the error that the kernel has left on a socket; 0 if there is none. */
  static int error(FileDescriptor socket, XdpSocket asked) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = arena.allocate(4, 4);
      SystemCallException.check(
          SocketCalls.getOption(
              socket.number(), SocketCalls.SOL_SOCKET, SocketCalls.SO_ERROR, error),
          "read the error of " + asked);
      return error.get(JAVA_INT, 0);
    }
  }

  // struct xdp_statistics { rx_dropped rx_invalid_descs tx_invalid_descs rx_ring_full
  // rx_fill_ring_empty_descs … }, 8 bytes each
  static XdpSocket.Statistics statistics(FileDescriptor socket, XdpSocket asked) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counts = arena.allocate(48, 8);
      SystemCallException.check(
          SocketCalls.getOption(socket.number(), SOL_XDP, STATISTICS, counts),
          "read statistics of " + asked);
      return new XdpSocket.Statistics(
          counts.get(JAVA_LONG, 0),
          counts.get(JAVA_LONG, 24),
          counts.get(JAVA_LONG, 32),
          counts.get(JAVA_LONG, 16));
    }
  }
}
