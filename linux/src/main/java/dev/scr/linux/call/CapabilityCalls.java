package dev.scr.linux.call;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** What the calling thread gives up. */
public final class CapabilityCalls {
  private static final MethodHandle SET = Libc.function("capset", JAVA_INT, ADDRESS, ADDRESS);
  private static final int VERSION_3 = 0x20080522;

  private CapabilityCalls() {}

  /** capset(2): the calling thread has no capability any more, and cannot get one back. */
  public static int dropAll() {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "calling thread: expected a platform thread, found a virtual one; capabilities belong to the thread underneath");
    }
    try (Arena arena = Arena.ofConfined()) {
      // struct { version:4 pid:4 }, and twice { effective:4 permitted:4 inheritable:4 }
      MemorySegment header = arena.allocate(8, 4);
      header.set(JAVA_INT, 0, VERSION_3);
      MemorySegment none = arena.allocate(24, 4);
      return Libc.result((int) SET.invokeExact(Libc.state(), header, none));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }
}
