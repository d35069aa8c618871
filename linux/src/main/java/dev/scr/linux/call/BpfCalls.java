package dev.scr.linux.call;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** bpf(2), for which the C library has no function of its own. Any thread may call it. */
public final class BpfCalls {
  private static final MethodHandle SYSCALL =
      Libc.variadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final long NUMBER = number(System.getProperty("os.arch", ""));

  private BpfCalls() {}

  /**
   * One command; {@code attribute} is its {@code union bpf_attr}. A descriptor or 0, or the negated
   * errno.
   */
  public static int bpf(int command, MemorySegment attribute) {
    if (NUMBER < 0) {
      return -Errno.ENOSYS;
    }
    try {
      int size = (int) attribute.byteSize();
      return (int)
          Libc.result((long) SYSCALL.invokeExact(Libc.state(), NUMBER, command, attribute, size));
    } catch (Throwable t) {
      throw Libc.unexpected(t);
    }
  }

  private static long number(String architecture) {
    return switch (architecture) {
      case "amd64" -> 321;
      case "aarch64", "riscv64" -> 280;
      case "ppc64le" -> 361;
      case "s390x" -> 351;
      default -> -1;
    };
  }
}
