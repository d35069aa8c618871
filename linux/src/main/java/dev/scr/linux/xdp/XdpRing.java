package dev.scr.linux.xdp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.MappedMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * One of the four rings that an AF_XDP socket shares with the kernel. Either side writes only its
 * own index; indices run freely and wrap at 2³². Owned by one thread.
 *
 * <pre>
 *   producer ──▶ next slot to write      fill, transmit:       this process produces
 *   consumer ──▶ next slot to read       completion, receive:  this process consumes
 * </pre>
 */
final class XdpRing implements AutoCloseable {
  private static final VarHandle INDEX = JAVA_INT.varHandle();
  private static final int NEED_WAKEUP = 1;

  private final MappedMemory mapped;
  private final MemorySegment memory;
  private final Layout layout;
  private final int entries;
  private final int mask;

  /** Where the kernel put the parts of a ring, in bytes from the start of its mapping. */
  record Layout(long producer, long consumer, long descriptors, long flags) {
    static final int BYTES = 32;

    /** {@code struct xdp_ring_offset} at {@code at}. */
    static Layout read(MemorySegment offsets, long at) {
      return new Layout(
          offsets.get(JAVA_LONG, at),
          offsets.get(JAVA_LONG, at + 8),
          offsets.get(JAVA_LONG, at + 16),
          offsets.get(JAVA_LONG, at + 24));
    }
  }

  XdpRing(
      FileDescriptor socket, long page, Layout layout, int entries, int entryBytes, String name) {
    this.layout = layout;
    this.entries = entries;
    this.mask = entries - 1;
    long bytes = layout.descriptors() + (long) entries * entryBytes;
    this.mapped = MappedMemory.of(socket, bytes, page, name + " ring");
    this.memory = mapped.segment();
  }

  /** For the producing side: slots that can be written. */
  int room() {
    int consumer = (int) INDEX.getAcquire(memory, layout.consumer());
    return entries - (producer() - consumer);
  }

  /** For the consuming side: slots that can be read. */
  int filled() {
    int producer = (int) INDEX.getAcquire(memory, layout.producer());
    return Math.clamp(producer - consumer(), 0, entries);
  }

  /** This process's own index on the producing side. */
  int producer() {
    return (int) INDEX.get(memory, layout.producer());
  }

  /** This process's own index on the consuming side. */
  int consumer() {
    return (int) INDEX.get(memory, layout.consumer());
  }

  /** Offset of an 8-byte slot of the fill and completion rings. */
  long address(int index) {
    return layout.descriptors() + (long) (index & mask) * 8;
  }

  /** Offset of a 16-byte slot of the receive and transmit rings. */
  long descriptor(int index) {
    return layout.descriptors() + (long) (index & mask) * 16;
  }

  MemorySegment memory() {
    return memory;
  }

  /** Hands written slots to the kernel. */
  void produce(int count) {
    INDEX.setRelease(memory, layout.producer(), producer() + count);
  }

  /** Gives read slots back to the kernel. */
  void consume(int count) {
    INDEX.setRelease(memory, layout.consumer(), consumer() + count);
  }

  /** The kernel sleeps until it is told that there is work. */
  boolean needsWakeUp() {
    return ((int) INDEX.getAcquire(memory, layout.flags()) & NEED_WAKEUP) != 0;
  }

  @Override
  public void close() {
    mapped.close();
  }
}
