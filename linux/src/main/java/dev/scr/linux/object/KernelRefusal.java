package dev.scr.linux.object;

import dev.scr.ebpf.isa.BpfException;
import dev.scr.linux.bpf.ProgramRefused;
import dev.scr.linux.bpf.VerifierLog;
import dev.scr.linux.call.Errno;
import dev.scr.linux.call.SystemCallException;

/**
 * The kernel does not take an object, a program, a map or a frame: {@code object: program: kernel
 * said …}, with the last useful lines of the verifier's log.
 */
public final class KernelRefusal extends BpfException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String log;

  private KernelRefusal(String message, int errno, String log) {
    super(message);
    this.errno = errno;
    this.log = log;
  }

  static KernelRefusal of(String where, ProgramRefused refused) {
    VerifierLog log = refused.log();
    String lines = String.join(" | ", log.digest());
    String reason = lines.isEmpty() ? remedy(refused.errno()) : lines;
    return new KernelRefusal(said(where, refused.errno(), reason), refused.errno(), log.text());
  }

  static KernelRefusal of(String where, SystemCallException failure) {
    int errno = failure.errno();
    return new KernelRefusal(said(where, errno, remedy(errno)), errno, "");
  }

  /** A refusal of ours, before the kernel is asked. */
  static KernelRefusal expected(String where, String what) {
    return new KernelRefusal(where + ": " + what, Errno.EINVAL, "");
  }

  private static String said(String where, int errno, String reason) {
    return where
        + ": kernel said "
        + Errno.describe(errno)
        + (reason.isEmpty() ? "" : ": " + reason);
  }

  private static String remedy(int errno) {
    return switch (errno) {
      case Errno.EPERM -> "run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON";
      case Errno.E2BIG -> "the program or map is too large for it";
      case Errno.ENOSYS -> "it is built without bpf(2)";
      default -> "";
    };
  }

  /** Whether privileges lack, or bpf(2) itself, and not the object is at fault. */
  public boolean lacksPrivileges() {
    return errno == Errno.EPERM || errno == Errno.ENOSYS;
  }

  /** The positive error number, one of {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** All that the verifier wrote; empty when the kernel was not asked to verify. */
  public VerifierLog log() {
    return new VerifierLog(log);
  }
}
