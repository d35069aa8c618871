package dev.scr.k2.proof;

/**
 * A block of memory with an unknown 64-bit address. Two different regions never overlap. Offsets
 * count from the frame pointer r10 for the stack (so they are negative there), else from the first
 * byte.
 *
 * @param name tells regions of one kind apart
 */
public record Region(Kind kind, String name) {
  /** The current function's stack frame. */
  public static final Region STACK = new Region(Kind.STACK, "stack");

  /** The context that r1 points to at entry. */
  public static final Region CONTEXT = new Region(Kind.CONTEXT, "ctx");

  /** The packet from {@code data} on. */
  public static final Region PACKET = new Region(Kind.PACKET, "packet");

  /** What the block is; the rules of access differ. */
  public enum Kind {
    /** Every access is aligned to its size. */
    STACK,
    /** Only the accesses that the original makes: the kernel rewrites each field's access. */
    CONTEXT,
    /** Any access within the proved bounds; alignment is {@link CheckerOptions#unaligned()}. */
    PACKET,
    /** As {@link #PACKET}; the block itself is 8-byte aligned. */
    MAP_VALUE,
    /** Anything else that is known not to overlap; as {@link #MAP_VALUE}. */
    OTHER
  }

  @Override
  public String toString() {
    return name;
  }
}
