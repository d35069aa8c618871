package dev.scr.ebpf.isa;

/**
 * What the 64-bit constant of an LDDW is, RFC 9669 section 5.4: the source register field tells.
 */
public enum WideSource {
  /** The two immediates are the lower and upper half of a constant. */
  CONSTANT(0),
  /** The immediate is a file descriptor; the constant becomes the map's handle. */
  MAP_FD(1),
  /** As {@link #MAP_FD}, but the address of the first value plus the second immediate. */
  MAP_FD_VALUE(2),
  /** The immediate is the BTF id of a kernel variable. */
  VARIABLE(3),
  /** The immediate is the distance in slots to a sub-program, for callbacks. */
  CODE(4),
  /** The immediate is an index into the object's list of maps. */
  MAP_INDEX(5),
  /** As {@link #MAP_INDEX}, but the address of the first value plus the second immediate. */
  MAP_INDEX_VALUE(6);

  private final int code;

  WideSource(int code) {
    this.code = code;
  }

  /** Value of the source register field. */
  public int code() {
    return code;
  }

  /** Whether the second immediate has a meaning. */
  public boolean usesSecondImmediate() {
    return this == CONSTANT || this == MAP_FD_VALUE || this == MAP_INDEX_VALUE;
  }
}
