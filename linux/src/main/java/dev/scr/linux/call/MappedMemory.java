package dev.scr.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory shared with the kernel. Whoever closes it makes sure that nobody reads or writes it any
 * more; its segment then throws.
 */
public final class MappedMemory implements AutoCloseable {
  private final Arena arena;
  private final MemorySegment segment;

  private MappedMemory(Arena arena, MemorySegment segment) {
    this.arena = arena;
    this.segment = segment;
  }

  /**
   * Maps {@code bytes} of what {@code descriptor} stands for, from {@code offset} on; {@code what}
   * names it in errors.
   */
  @SuppressWarnings({
    "restricted",
    "MustBeClosed"
  }) // The memory is there, and the object returned closes it.
  public static MappedMemory of(FileDescriptor descriptor, long bytes, long offset, String what) {
    long address =
        SystemCallException.check(
            FileCalls.mapShared(descriptor.number(), bytes, offset),
            "map " + bytes + " bytes of " + what);
    Arena arena = Arena.ofShared();
    MemorySegment segment =
        MemorySegment.ofAddress(address)
            .reinterpret(bytes, arena, _ -> FileCalls.unmap(address, bytes));
    return new MappedMemory(arena, segment);
  }

  /** Readable and writable, from any thread. */
  public MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
