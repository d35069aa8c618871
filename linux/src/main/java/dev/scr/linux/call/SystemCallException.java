package dev.scr.linux.call;

/**
 * The kernel refused a call: what was asked, the error's name and text, and what helps, where that
 * is known.
 */
public final class SystemCallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * @param operation what was asked of the kernel and of which object, such as {@code bind
   *     AF_PACKET to eth9}
   * @param errno the positive error number
   */
  public SystemCallException(String operation, int errno) {
    this(operation, errno, hint(errno));
  }

  /** As above, with a remedy of the caller's; an empty one adds nothing. */
  public SystemCallException(String operation, int errno, String remedy) {
    super(operation + ": " + Errno.describe(errno) + (remedy.isEmpty() ? "" : "; " + remedy));
    this.errno = errno;
  }

  /** The positive error number, one of {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** Returns {@code result} if it is not an error; {@code operation} is as for the constructor. */
  public static int check(int result, String operation) {
    if (result < 0) {
      throw new SystemCallException(operation, -result);
    }
    return result;
  }

  /**
   * As {@link #check(int, String)} for sizes; an address never comes near the small negative
   * numbers.
   */
  public static long check(long result, String operation) {
    if (result < 0 && result > -4096) {
      throw new SystemCallException(operation, (int) -result);
    }
    return result;
  }

  private static String hint(int errno) {
    return switch (errno) {
      case Errno.EPERM, Errno.EACCES -> "run as root, or with the capability that this needs";
      default -> "";
    };
  }
}
