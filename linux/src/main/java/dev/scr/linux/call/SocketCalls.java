package dev.scr.linux.call;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** System calls on sockets. Any thread may call them. */
public final class SocketCalls {
  public static final int AF_INET = 2;
  public static final int AF_PACKET = 17;
  public static final int AF_XDP = 44;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOL_SOCKET = 1;
  public static final int SO_ERROR = 4;
  public static final int SO_SNDBUF = 7;
  public static final int SO_RCVBUF = 8;
  public static final int SO_SNDBUFFORCE = 32;
  public static final int SO_RCVBUFFORCE = 33;
  public static final int SO_TIMESTAMPNS = 35;
  public static final int MSG_TRUNC = 0x20;
  public static final int MSG_DONTWAIT = 0x40;

  private static final int SOCK_CLOEXEC = 0x80000;

  private static final MethodHandle SOCKET =
      Libc.function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle BIND =
      Libc.function("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      Libc.function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle GETSOCKOPT =
      Libc.function("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle RECVMMSG =
      Libc.function("recvmmsg", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle SENDMMSG =
      Libc.function("sendmmsg", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle SENDTO =
      Libc.function("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);

  private SocketCalls() {}

  /** socket(2), close-on-exec. */
  public static int socket(int domain, int type, int protocol) {
    try {
      int flags = type | SOCK_CLOEXEC;
      return Libc.result((int) SOCKET.invokeExact(Libc.state(), domain, flags, protocol));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static int bind(int fd, MemorySegment address) {
    try {
      int length = (int) address.byteSize();
      return Libc.result((int) BIND.invokeExact(Libc.state(), fd, address, length));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static int setOption(int fd, int level, int option, MemorySegment value) {
    try {
      int length = (int) value.byteSize();
      return Libc.result(
          (int) SETSOCKOPT.invokeExact(Libc.state(), fd, level, option, value, length));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static int setOption(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      return setOption(fd, level, option, arena.allocateFrom(JAVA_INT, value));
    }
  }

  /**
   * getsockopt(2): the number of bytes that the kernel wrote to {@code into}, or the negated errno.
   */
  public static int getOption(int fd, int level, int option, MemorySegment into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) into.byteSize());
      int result =
          Libc.result((int) GETSOCKOPT.invokeExact(Libc.state(), fd, level, option, into, length));
      return result < 0 ? result : length.get(JAVA_INT, 0);
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /** recvmmsg(2) without its timeout; the number of messages or the negated errno. */
  public static int receiveMessages(int fd, MemorySegment messages, int count, int flags) {
    try {
      return Libc.result(
          (int) RECVMMSG.invokeExact(Libc.state(), fd, messages, count, flags, MemorySegment.NULL));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /**
   * sendmmsg(2); the number of messages taken, or the negated errno when the first one was refused.
   */
  public static int sendMessages(int fd, MemorySegment messages, int count, int flags) {
    try {
      return Libc.result((int) SENDMMSG.invokeExact(Libc.state(), fd, messages, count, flags));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /** sendto(2) on a bound socket; an empty segment is a mere wake-up. */
  public static long send(int fd, MemorySegment data, int flags) {
    try {
      return Libc.result(
          (long)
              SENDTO.invokeExact(
                  Libc.state(), fd, data, data.byteSize(), flags, MemorySegment.NULL, 0));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }
}
