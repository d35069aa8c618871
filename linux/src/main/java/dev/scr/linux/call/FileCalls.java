package dev.scr.linux.call;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** System calls on file descriptors and mapped memory. Any thread may call them. */
public final class FileCalls {
  public static final int O_RDONLY = 0;
  public static final int O_CLOEXEC = 0x80000;
  public static final short POLLIN = 1;
  public static final short POLLOUT = 4;
  public static final short POLLERR = 8;
  public static final int EFD_NONBLOCK = 0x800;

  private static final int EFD_CLOEXEC = 0x80000;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int MAP_POPULATE = 0x8000;

  private static final MethodHandle OPEN =
      Libc.variadic("open", 2, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = Libc.function("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle READ =
      Libc.function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle WRITE =
      Libc.function("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle POLL =
      Libc.function("ppoll", JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
  private static final ThreadLocal<MemorySegment> TIMEOUT =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));
  private static final MethodHandle EVENTFD =
      Libc.function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle IOCTL =
      Libc.variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle MMAP =
      Libc.function("mmap", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MUNMAP =
      Libc.function("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);

  private FileCalls() {}

  /** open(2) of an existing file; {@link #O_CLOEXEC} is always added. */
  public static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      return Libc.result((int) OPEN.invokeExact(Libc.state(), name, flags | O_CLOEXEC, 0));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static int close(int fd) {
    try {
      return Libc.result((int) CLOSE.invokeExact(Libc.state(), fd));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static long read(int fd, MemorySegment into) {
    try {
      return Libc.result((long) READ.invokeExact(Libc.state(), fd, into, into.byteSize()));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static long write(int fd, MemorySegment from) {
    try {
      return Libc.result((long) WRITE.invokeExact(Libc.state(), fd, from, from.byteSize()));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /**
   * ppoll(2) without a signal mask.
   *
   * @param set an array of {@code struct pollfd}: fd (4 bytes), events (2), revents (2)
   * @param timeoutNs a negative one waits for ever
   */
  public static int poll(MemorySegment set, long timeoutNs) {
    MemorySegment timeout = MemorySegment.NULL;
    if (timeoutNs >= 0) {
      timeout = TIMEOUT.get();
      timeout.set(JAVA_LONG, 0, timeoutNs / 1_000_000_000L);
      timeout.set(JAVA_LONG, 8, timeoutNs % 1_000_000_000L);
    }
    try {
      return Libc.result(
          (int)
              POLL.invokeExact(Libc.state(), set, set.byteSize() / 8, timeout, MemorySegment.NULL));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /** The events that the last {@link #poll} saw in row {@code index}, errors included. */
  public static int polled(MemorySegment set, int index) {
    return set.get(JAVA_SHORT, index * 8L + 6);
  }

  /** Writes row {@code index} of a {@link #poll} set. */
  public static void pollRow(MemorySegment set, int index, int fd, short events) {
    long at = index * 8L;
    set.set(JAVA_INT, at, fd);
    set.set(JAVA_SHORT, at + 4, events);
    set.set(JAVA_SHORT, at + 6, (short) 0);
  }

  public static int eventfd(int flags) {
    try {
      return Libc.result((int) EVENTFD.invokeExact(Libc.state(), 0, flags | EFD_CLOEXEC));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static int ioctl(int fd, long request, MemorySegment argument) {
    try {
      return Libc.result((int) IOCTL.invokeExact(Libc.state(), fd, request, argument));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /**
   * Maps {@code bytes} of {@code fd} shared, readable and writable, with its pages present; an
   * address or the negated errno.
   */
  public static long mapShared(int fd, long bytes, long offset) {
    try {
      int flags = MAP_SHARED | MAP_POPULATE;
      return Libc.result(
          (long)
              MMAP.invokeExact(
                  Libc.state(), MemorySegment.NULL, bytes, PROT_READ_WRITE, flags, fd, offset));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static int unmap(long address, long bytes) {
    try {
      return Libc.result((int) MUNMAP.invokeExact(Libc.state(), address, bytes));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }
}
