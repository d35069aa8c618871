package dev.scr.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Links functions of the C library so that errno survives until Java can read it. */
final class Libc {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup SYMBOLS = LINKER.defaultLookup();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /** One capture area per thread: errno is the thread's own, so the copy of it must be too. */
  private static final ThreadLocal<MemorySegment> CAPTURED =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

  private Libc() {}

  /** A handle of type (capture state, arguments…) → result. */
  static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
    return link(name, result, arguments, Linker.Option.captureCallState("errno"));
  }

  /** As {@link #function}, for a C function whose arguments from {@code fixed} on are variadic. */
  static MethodHandle variadic(
      String name, int fixed, MemoryLayout result, MemoryLayout... arguments) {
    return link(
        name,
        result,
        arguments,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }

  /**
   * For functions that neither block nor fail: the call costs a few nanoseconds and has no capture
   * state.
   */
  static MethodHandle leaf(String name, MemoryLayout result, MemoryLayout... arguments) {
    return link(name, result, arguments, Linker.Option.critical(false));
  }

  @SuppressWarnings("restricted") // This is the class that makes calls into C.
  private static MethodHandle link(
      String name, MemoryLayout result, MemoryLayout[] arguments, Linker.Option... options) {
    MemorySegment symbol =
        SYMBOLS
            .find(name)
            .orElseThrow(() ->
                new UnsatisfiedLinkError(
                    "C library: expected function " + name + ", found none; Linux is needed"));
    return LINKER.downcallHandle(symbol, FunctionDescriptor.of(result, arguments), options);
  }

  /**
   * The calling thread's capture area, first argument of every handle that {@link #function} made.
   */
  static MemorySegment state() {
    return CAPTURED.get();
  }

  /** The kernel's own convention: the result, or the negated errno. */
  static int result(int returned) {
    return returned >= 0 ? returned : -(int) ERRNO.get(CAPTURED.get(), 0L);
  }

  /** As {@link #result(int)} for calls that return a size or an address. */
  static long result(long returned) {
    return returned != -1 ? returned : -(int) ERRNO.get(CAPTURED.get(), 0L);
  }

  /** A downcall declares Throwable, but only a broken VM or a closed arena makes it throw. */
  static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException("native call", thrown);
    };
  }

  /**
   * Reads a C string of at most {@code limit} bytes; stops at the limit when no NUL comes before
   * it.
   */
  @SuppressWarnings("restricted") // The caller knows that a C string is there.
  static String text(MemorySegment address, long limit) {
    byte[] bytes = address.reinterpret(limit).toArray(ValueLayout.JAVA_BYTE);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8);
  }
}
