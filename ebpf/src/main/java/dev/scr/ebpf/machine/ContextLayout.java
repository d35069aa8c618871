package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.object.ProgramType;

/**
 * The context structure a program gets a pointer to. Programs see the kernel's layout, in which
 * packet pointers are 32-bit fields; here each field of 4 bytes at offset {@code o} lies as 8 bytes
 * at offset {@code 2·o} of the context's memory, and engines translate accesses as the kernel does.
 * The five words of {@code cb}, which may be accessed two at a time, follow one another.
 */
public enum ContextLayout {
  /**
   * No structure: the pointer is the memory itself, r2 is its length. What the conformance vectors
   * use.
   */
  MEMORY(0, 0),
  /**
   * {@code struct xdp_md}: data, data_end, data_meta, ingress_ifindex, rx_queue_index,
   * egress_ifindex.
   */
  XDP(24, 0b111),
  /** {@code struct __sk_buff}. */
  SK_BUFF(192, 1L << 19 | 1L << 20 | 1L << 35);

  /** Offset of {@code data} in {@code struct xdp_md}. */
  static final int XDP_DATA = 0;

  static final int XDP_DATA_END = 4;
  static final int XDP_DATA_META = 8;
  static final int XDP_INGRESS_IFINDEX = 12;
  static final int XDP_RX_QUEUE_INDEX = 16;

  static final int SKB_LEN = 0;
  static final int SKB_MARK = 8;
  static final int SKB_QUEUE_MAPPING = 12;
  static final int SKB_PROTOCOL = 16;
  static final int SKB_PRIORITY = 32;
  static final int SKB_INGRESS_IFINDEX = 36;
  static final int SKB_IFINDEX = 40;
  static final int SKB_TC_INDEX = 44;
  static final int SKB_CB = 48;
  static final int SKB_CB_BYTES = 20;
  static final int SKB_TC_CLASSID = 72;
  static final int SKB_DATA = 76;
  static final int SKB_DATA_END = 80;
  static final int SKB_DATA_META = 140;
  static final int SKB_TSTAMP = 152;
  static final int SKB_SK = 168;
  static final int SKB_HWTSTAMP = 184;

  private final int size;
  private final long pointerWords;

  ContextLayout(int size, long pointerWords) {
    this.size = size;
    this.pointerWords = pointerWords;
  }

  /** The layout of the context of a kind of program. */
  public static ContextLayout of(ProgramType type) {
    if (type == ProgramType.XDP) {
      return XDP;
    }
    return type.seesSocketBuffer() ? SK_BUFF : MEMORY;
  }

  /** Bytes of the structure as programs see it. */
  public int size() {
    return size;
  }

  /** Number of registers, from r1 on, that have a value when the program starts. */
  int arguments() {
    return this == MEMORY ? 2 : 1;
  }

  /** Whether the 4-byte field at an offset holds a pointer. */
  public boolean isPointer(int offset) {
    return ((pointerWords >> (offset / 4)) & 1) != 0;
  }

  /** Whether programs may write the field at an offset. */
  public boolean isWritable(int offset) {
    return this == SK_BUFF
        && switch (offset) {
          case SKB_MARK,
              SKB_QUEUE_MAPPING,
              SKB_PRIORITY,
              SKB_TC_INDEX,
              SKB_TC_CLASSID,
              SKB_TSTAMP ->
              true;
          default -> isControlBlock(offset);
        };
  }

  /**
   * Whether an access of this many bytes at an offset stays in one field and is aligned ({@code
   * bpf_skb_is_valid_access} in the kernel): fields have 4 bytes; times and the socket have 8, and
   * so have neighbours in {@code cb}.
   */
  public boolean allows(int offset, int bytes, boolean write) {
    if (offset < 0 || offset + bytes > size || offset % bytes != 0) {
      return false;
    }
    if (write && !isWritable(offset & ~3)) {
      return false;
    }
    if (isWide(offset & ~7)) {
      return bytes == Long.BYTES;
    }
    return switch (bytes) {
      case Long.BYTES -> isControlBlock(offset) && isControlBlock(offset + Integer.BYTES);
      case Integer.BYTES -> true;
      default -> !isPointer(offset & ~3);
    };
  }

  /** Only socket buffers have a field at these offsets; a frame here has no socket. */
  private static boolean isWide(int offset) {
    return offset == SKB_TSTAMP || offset == SKB_SK || offset == SKB_HWTSTAMP;
  }

  /** Only socket buffers have a field at these offsets. */
  private static boolean isControlBlock(int offset) {
    return offset >= SKB_CB && offset < SKB_CB + SKB_CB_BYTES;
  }

  /** Where a field lies in the context's memory. */
  static int place(int offset) {
    int word = offset & ~3;
    return isControlBlock(word) ? SKB_CB + word : 2 * word;
  }

  /** How many bytes of the context's memory belong to a field of 4 bytes. */
  static MemSize room(int offset) {
    return isControlBlock(offset) ? MemSize.W : MemSize.DW;
  }
}
