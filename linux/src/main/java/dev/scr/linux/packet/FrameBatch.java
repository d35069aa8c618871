package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.scr.linux.call.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Frames side by side in off-heap memory: filled by one receive call, or by hand to be sent by one
 * call, and then used again. A flyweight: allocates nothing after construction, owned by one thread
 * at a time, its frames valid until the next receive or clear.
 *
 * <pre>
 *   slot:  [ headroom | 4 bytes for a VLAN tag | frame …            ]
 *                       ^ frame starts here when the kernel had taken a tag out
 * </pre>
 */
public final class FrameBatch {
  static final int VLAN_TAG_BYTES = 4;
  private static final int SLOT_ALIGNMENT = 64;
  private static final int CONTROL_BYTES = 128;

  // struct mmsghdr on a 64-bit machine.
  static final int MESSAGE_BYTES = 64;
  static final int MESSAGE_VECTOR = 16;
  static final int MESSAGE_VECTOR_COUNT = 24;
  private static final int MESSAGE_CONTROL = 32;
  private static final int MESSAGE_CONTROL_LENGTH = 40;
  private static final int MESSAGE_LENGTH = 56;
  static final int VECTOR_BYTES = 16;

  private final int capacity;
  private final int maxFrameBytes;
  private final int headroomBytes;
  private final int slotBytes;
  private final MemorySegment memory;
  private final MemorySegment messages;
  private final MemorySegment vectors;
  private final MemorySegment controls;
  private final ControlMessages control = new ControlMessages();

  private final int[] offsets;
  private final int[] lengths;
  private final int[] originalLengths;
  private final long[] timestampsNs;
  private final boolean[] checksumMissing;
  private int size;

  /** Messages from 0 on that are not, or no longer, prepared for reception. */
  private int touched;

  /** As {@link #FrameBatch(int, int, int)} without headroom. */
  public FrameBatch(int capacity, int maxFrameBytes) {
    this(capacity, maxFrameBytes, 0);
  }

  /**
   * Reserves the memory; it is given back when the batch is no longer reachable.
   *
   * @param capacity frames, 1 to 1024
   * @param maxFrameBytes longer frames are cut to this on reception and refused by {@link #add}
   * @param headroomBytes kept free before each frame for {@link #prepend}
   */
  public FrameBatch(int capacity, int maxFrameBytes, int headroomBytes) {
    require("capacity", capacity, 1, 1024);
    require("maxFrameBytes", maxFrameBytes, PacketSocket.ETHERNET_HEADER_BYTES, 1 << 18);
    require("headroomBytes", headroomBytes, 0, 1 << 16);
    this.capacity = capacity;
    this.maxFrameBytes = maxFrameBytes;
    this.headroomBytes = headroomBytes;
    int used = headroomBytes + VLAN_TAG_BYTES + maxFrameBytes;
    this.slotBytes = (used + SLOT_ALIGNMENT - 1) / SLOT_ALIGNMENT * SLOT_ALIGNMENT;
    Arena arena = Arena.ofAuto();
    this.memory = arena.allocate((long) capacity * slotBytes, SLOT_ALIGNMENT);
    this.messages = arena.allocate((long) capacity * MESSAGE_BYTES, 8);
    this.vectors = arena.allocate((long) capacity * VECTOR_BYTES, 8);
    this.controls = arena.allocate((long) capacity * CONTROL_BYTES, 8);
    this.offsets = new int[capacity];
    this.lengths = new int[capacity];
    this.originalLengths = new int[capacity];
    this.timestampsNs = new long[capacity];
    this.checksumMissing = new boolean[capacity];
    this.touched = capacity;
    for (int i = 0; i < capacity; i++) {
      long message = (long) i * MESSAGE_BYTES;
      messages.set(
          JAVA_LONG, message + MESSAGE_VECTOR, vectors.address() + (long) i * VECTOR_BYTES);
      messages.set(JAVA_LONG, message + MESSAGE_VECTOR_COUNT, 1);
    }
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(name + "=" + value + ": expected " + least + ".." + most);
    }
  }

  public int capacity() {
    return capacity;
  }

  public int maxFrameBytes() {
    return maxFrameBytes;
  }

  /** How many frames it holds now. */
  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  /** All slots; frame {@code i} is at {@link #offset} for {@link #length}. */
  public MemorySegment memory() {
    return memory;
  }

  public int offset(int i) {
    return offsets[checked(i)];
  }

  /** Bytes of frame {@code i} that are here. */
  public int length(int i) {
    return lengths[checked(i)];
  }

  /** Bytes of frame {@code i} on the wire; more than {@link #length} when it was cut. */
  public int originalLength(int i) {
    return originalLengths[checked(i)];
  }

  /**
   * When the kernel received frame {@code i}, nanoseconds since 1970; 0 for one that was added by
   * hand.
   */
  public long timestampNs(int i) {
    return timestampsNs[checked(i)];
  }

  /**
   * The sender left the transport checksum of frame {@code i} to a network card that isn't there.
   */
  public boolean checksumMissing(int i) {
    return checksumMissing[checked(i)];
  }

  /** Frame {@code i} as a view: valid as long as the frame is. */
  public MemorySegment frame(int i) {
    return memory.asSlice(offset(i), length(i));
  }

  public byte[] toBytes(int i) {
    return frame(i).toArray(JAVA_BYTE);
  }

  /** Appends a copy of {@code frame}; false when the batch is full. */
  public boolean add(MemorySegment frame) {
    if (size == capacity) {
      return false;
    }
    if (frame.byteSize() > maxFrameBytes) {
      throw new IllegalArgumentException(
          "frame of " + frame.byteSize() + " bytes > maxFrameBytes=" + maxFrameBytes);
    }
    int i = size++;
    int length = (int) frame.byteSize();
    offsets[i] = i * slotBytes + headroomBytes + VLAN_TAG_BYTES;
    MemorySegment.copy(frame, 0, memory, offsets[i], length);
    lengths[i] = length;
    originalLengths[i] = length;
    timestampsNs[i] = 0;
    checksumMissing[i] = false;
    return true;
  }

  /**
   * Makes frame {@code i} start {@code bytes} earlier, in the headroom; the caller fills the new
   * bytes in.
   *
   * @return the new offset in {@link #memory}
   */
  public int prepend(int i, int bytes) {
    int offset = offset(i) - bytes;
    if (bytes < 0 || offset < i * slotBytes) {
      throw new IllegalArgumentException(
          "prepend " + bytes + " bytes: expected at most " + (offset(i) - i * slotBytes));
    }
    offsets[i] = offset;
    lengths[i] += bytes;
    originalLengths[i] += bytes;
    return offset;
  }

  private int checked(int i) {
    if (i < 0 || i >= size) {
      throw new IndexOutOfBoundsException("frame " + i + ": expected 0.." + (size - 1));
    }
    return i;
  }

  /** recvmmsg into this batch; the number of frames or the negated errno. */
  int receiveFrom(int fd, int flags) {
    size = 0;
    for (int i = 0; i < touched; i++) {
      point(i, i * slotBytes + headroomBytes + VLAN_TAG_BYTES, maxFrameBytes);
      long message = (long) i * MESSAGE_BYTES;
      messages.set(
          JAVA_LONG, message + MESSAGE_CONTROL, controls.address() + (long) i * CONTROL_BYTES);
      messages.set(JAVA_LONG, message + MESSAGE_CONTROL_LENGTH, CONTROL_BYTES);
    }
    int count = SocketCalls.receiveMessages(fd, messages, capacity, flags);
    touched = Math.max(count, 0);
    for (int i = 0; i < count; i++) {
      accept(i);
    }
    return count;
  }

  /**
   * sendmmsg of the frames from {@code first} on; how many were taken, or the negated errno when
   * the first was refused.
   */
  int sendTo(int fd, int first, int flags) {
    touched = Math.max(touched, size);
    for (int i = first; i < size; i++) {
      point(i, offsets[i], lengths[i]);
      long message = (long) i * MESSAGE_BYTES;
      messages.set(JAVA_LONG, message + MESSAGE_CONTROL, 0);
      messages.set(JAVA_LONG, message + MESSAGE_CONTROL_LENGTH, 0);
    }
    MemorySegment rest = first == 0 ? messages : messages.asSlice((long) first * MESSAGE_BYTES);
    return SocketCalls.sendMessages(fd, rest, size - first, flags);
  }

  private void point(int i, int offset, int length) {
    vectors.set(JAVA_LONG, (long) i * VECTOR_BYTES, memory.address() + offset);
    vectors.set(JAVA_LONG, (long) i * VECTOR_BYTES + 8, length);
  }

  private void accept(int i) {
    long message = (long) i * MESSAGE_BYTES;
    long controlBytes = messages.get(JAVA_LONG, message + MESSAGE_CONTROL_LENGTH);
    control.parse(controls, (long) i * CONTROL_BYTES, Math.min(controlBytes, CONTROL_BYTES));
    // With MSG_TRUNC the length is that of the frame, not of what fitted.
    int original = messages.get(JAVA_INT, message + MESSAGE_LENGTH);
    int length = Math.min(original, maxFrameBytes);
    int offset = i * slotBytes + headroomBytes + VLAN_TAG_BYTES;
    if (control.hasVlan() && length >= 2 * 6) {
      VlanTag.insert(memory, offset, control.vlanProtocol(), control.vlanControl());
      offset -= VLAN_TAG_BYTES;
      length += VLAN_TAG_BYTES;
      original += VLAN_TAG_BYTES;
    }
    offsets[i] = offset;
    lengths[i] = length;
    originalLengths[i] = original;
    timestampsNs[i] = control.timestampNs();
    checksumMissing[i] = control.checksumMissing();
    size = i + 1;
  }
}
