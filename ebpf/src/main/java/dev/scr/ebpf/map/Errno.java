package dev.scr.ebpf.map;

/** Results of map operations: 0, or the negated error number of Linux. */
public final class Errno {
  /** Done. */
  public static final long OK = 0;

  /** No such entry. */
  public static final long ENOENT = -2;

  /** The map is full, or an index is behind its end. */
  public static final long E2BIG = -7;

  /** A place is outside of the packet or memory it should be in. */
  public static final long EFAULT = -14;

  /** The entry exists already. */
  public static final long EEXIST = -17;

  /** A flag or argument has no meaning here. */
  public static final long EINVAL = -22;

  /** There is no room. */
  public static final long ENOSPC = -28;

  private Errno() {}
}
