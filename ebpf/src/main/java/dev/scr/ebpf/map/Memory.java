package dev.scr.ebpf.map;

import dev.scr.ebpf.isa.MemSize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Memory by address, little-endian and without alignment. There are no checks: whoever calls has
 * checked the address.
 */
public final class Memory {
  /** The whole address space. */
  @SuppressWarnings("restricted") // this class is the one door to memory by address
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /** One byte. */
  public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /** Two bytes. */
  public static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Four bytes. */
  public static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Eight bytes. */
  public static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Two cache lines: processors fetch lines in pairs. */
  public static final int LINES_BYTES = 128;

  private static final int SHORT_COPY_BYTES = 64;
  private static final VarHandle ALIGNED_INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final VarHandle ALIGNED_LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private Memory() {}

  /** Memory of at least so many bytes, all zero, on cache lines that hold nothing else. */
  public static long lines(Arena arena, long bytes) {
    long whole = (bytes + LINES_BYTES - 1) / LINES_BYTES * LINES_BYTES;
    return arena.allocate(whole, LINES_BYTES).address();
  }

  /** The value at an address, zero-extended. */
  public static long load(MemSize size, long address) {
    return switch (size) {
      case B -> ALL.get(ValueLayout.JAVA_BYTE, address) & 0xffL;
      case H -> ALL.get(SHORT, address) & 0xffffL;
      case W -> ALL.get(INT, address) & 0xffff_ffffL;
      case DW -> ALL.get(LONG, address);
    };
  }

  /** Stores the lower bytes of a value. */
  public static void store(MemSize size, long address, long value) {
    switch (size) {
      case B -> ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
      case H -> ALL.set(SHORT, address, (short) value);
      case W -> ALL.set(INT, address, (int) value);
      case DW -> ALL.set(LONG, address, value);
    }
  }

  /** Copies bytes that do not overlap, or overlap with the target in front. */
  public static void copy(long from, long to, long bytes) {
    if (bytes > SHORT_COPY_BYTES) {
      MemorySegment.copy(ALL, from, ALL, to, bytes);
      return;
    }
    // Keys and values are short; a loop of words beats the call of a general copy.
    long at = 0;
    for (; at + 8 <= bytes; at += 8) {
      ALL.set(LONG, to + at, ALL.get(LONG, from + at));
    }
    if (at + 4 <= bytes) {
      ALL.set(INT, to + at, ALL.get(INT, from + at));
      at += 4;
    }
    for (; at < bytes; at++) {
      ALL.set(BYTE, to + at, ALL.get(BYTE, from + at));
    }
  }

  /**
   * Replaces a value if it is the expected one; atomic among threads.
   *
   * @param size W or DW; the address is a multiple of it
   * @return false if another value was found
   */
  public static boolean replace(MemSize size, long address, long expected, long value) {
    return size == MemSize.DW
        ? ALIGNED_LONG.compareAndSet(ALL, address, expected, value)
        : ALIGNED_INT.compareAndSet(ALL, address, (int) expected, (int) value);
  }

  /** Fills bytes. */
  public static void fill(long address, long bytes, byte value) {
    ALL.asSlice(address, bytes).fill(value);
  }

  /** A copy of the bytes at an address. */
  public static byte[] bytes(long address, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, bytes, 0, length);
    return bytes;
  }

  /** Stores bytes. */
  public static void store(long address, byte[] bytes) {
    MemorySegment.copy(bytes, 0, ALL, ValueLayout.JAVA_BYTE, address, bytes.length);
  }
}
