package dev.scr.linux.call;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * System calls about the calling thread. On a virtual thread they would act on whichever carrier
 * thread happens to run it, so those that change something refuse one.
 */
public final class ThreadCalls {
  public static final int CLONE_NEWNET = 0x40000000;
  public static final int CLOCK_THREAD_CPUTIME = 3;

  private static final MethodHandle SETNS = Libc.function("setns", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SET_AFFINITY =
      Libc.function("sched_setaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle GET_AFFINITY =
      Libc.function("sched_getaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
  private static final MethodHandle GET_CPU = Libc.leaf("sched_getcpu", JAVA_INT);
  private static final MethodHandle CLOCK = Libc.leaf("clock_gettime", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle EFFECTIVE_UID = Libc.leaf("geteuid", JAVA_INT);

  private static final ThreadLocal<MemorySegment> TIMESPEC =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));

  private ThreadCalls() {}

  /** setns(2) for the calling thread. */
  public static int setNamespace(int fd, int kind) {
    requirePlatformThread();
    try {
      return Libc.result((int) SETNS.invokeExact(Libc.state(), fd, kind));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /**
   * sched_setaffinity(2) for the calling thread; {@code mask} has one bit per processor, lowest
   * first.
   */
  public static int setAffinity(MemorySegment mask) {
    requirePlatformThread();
    try {
      return Libc.result((int) SET_AFFINITY.invokeExact(Libc.state(), 0, mask.byteSize(), mask));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /**
   * sched_getaffinity(2) for the calling thread. EINVAL: the kernel knows more processors than
   * {@code mask} has bits.
   */
  public static int getAffinity(MemorySegment mask) {
    try {
      return Libc.result((int) GET_AFFINITY.invokeExact(Libc.state(), 0, mask.byteSize(), mask));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /** The processor that the calling thread runs on just now. */
  public static int currentCpu() {
    try {
      return (int) GET_CPU.invokeExact();
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  /** clock_gettime(2) in nanoseconds; -1 for a clock that the kernel doesn't have. */
  public static long clockNs(int clock) {
    MemorySegment time = TIMESPEC.get();
    try {
      int result = (int) CLOCK.invokeExact(clock, time);
      return result != 0 ? -1 : time.get(JAVA_LONG, 0) * 1_000_000_000L + time.get(JAVA_LONG, 8);
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  public static int effectiveUserId() {
    try {
      return (int) EFFECTIVE_UID.invokeExact();
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  private static void requirePlatformThread() {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "calling thread: expected a platform thread, found a virtual one; namespaces and affinity belong to the thread underneath");
    }
  }
}
