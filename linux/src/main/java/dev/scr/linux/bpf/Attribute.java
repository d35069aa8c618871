package dev.scr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.scr.linux.call.BpfCalls;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A {@code union bpf_attr} for one call, and the memory that it points to. The offsets are those of
 * the kernel's header.
 */
final class Attribute implements AutoCloseable {
  /** Longest name of a map or program that the kernel keeps, without its NUL. */
  static final int LONGEST_NAME = 15;

  private static final int BYTES = 144;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(BYTES, 8);

  Attribute set(int offset, int value) {
    memory.set(JAVA_INT, offset, value);
    return this;
  }

  Attribute set(int offset, long value) {
    memory.set(JAVA_LONG, offset, value);
    return this;
  }

  /** A pointer to {@code segment}, which must outlive the call. */
  Attribute point(int offset, MemorySegment segment) {
    return set(offset, segment.address());
  }

  /** A pointer to a copy of {@code bytes}. */
  Attribute point(int offset, byte[] bytes) {
    return point(offset, copy(bytes));
  }

  /**
   * The kernel takes letters, digits, dots and underscores; the rest becomes underscores, and the
   * name is cut.
   */
  Attribute name(int offset, String name) {
    byte[] ascii = name.replaceAll("[^A-Za-z0-9_.]", "_").getBytes(StandardCharsets.US_ASCII);
    MemorySegment.copy(ascii, 0, memory, JAVA_BYTE, offset, Math.min(ascii.length, LONGEST_NAME));
    return this;
  }

  MemorySegment room(long bytes) {
    return arena.allocate(Math.max(bytes, 1), 8).asSlice(0, bytes);
  }

  MemorySegment copy(byte[] bytes) {
    MemorySegment segment = room(bytes.length);
    MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
    return segment;
  }

  int get(int offset) {
    return memory.get(JAVA_INT, offset);
  }

  /** The result, or the negated errno. */
  int call(Command command) {
    return BpfCalls.bpf(command.number(), memory);
  }

  /** For commands that make a descriptor. */
  FileDescriptor open(Command command, String operation) {
    return FileDescriptor.of(call(command), operation);
  }

  void check(Command command, String operation) {
    SystemCallException.check(call(command), operation);
  }

  @Override
  public void close() {
    arena.close();
  }
}
