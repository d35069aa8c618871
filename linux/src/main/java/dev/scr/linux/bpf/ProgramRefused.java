package dev.scr.linux.bpf;

import dev.scr.linux.call.Errno;

/**
 * The kernel doesn't accept a program. The message ends with the last useful lines of the
 * verifier's log.
 */
public final class ProgramRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String log;

  ProgramRefused(ProgramSpec spec, int errno, VerifierLog log) {
    super("load " + spec + ": " + Errno.describe(errno) + explanation(errno, log));
    this.errno = errno;
    this.log = log.text();
  }

  private static String explanation(int errno, VerifierLog log) {
    if (!log.digest().isEmpty()) {
      return ": " + String.join(" | ", log.digest());
    }
    return switch (errno) {
      case Errno.EPERM -> "; run as root, or with CAP_BPF and CAP_NET_ADMIN";
      case Errno.EINVAL ->
          "; the verifier wrote nothing: the kernel doesn't know this program type, attach type or flag";
      default -> "";
    };
  }

  /**
   * The positive error number: EACCES and EINVAL come from the verifier, EPERM from lacking
   * privileges.
   */
  public int errno() {
    return errno;
  }

  /** All that the verifier wrote. */
  public VerifierLog log() {
    return new VerifierLog(log);
  }
}
