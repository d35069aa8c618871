package dev.scr.linux.bpf;

import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SystemCallException;

/**
 * Type information that the kernel has accepted. Close it when the maps and programs that refer to
 * it exist.
 */
public final class KernelBtf implements AutoCloseable {
  private static final int LOG_BYTES = 1 << 16;

  private final FileDescriptor descriptor;

  private KernelBtf(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Hands a {@code .BTF} section to the kernel.
   *
   * @throws SystemCallException with the last line of the kernel's log when it finds the section
   *     malformed
   */
  public static KernelBtf load(byte[] section) {
    try (Attribute attribute = new Attribute()) {
      var log = attribute.room(LOG_BYTES);
      attribute.point(0, section).set(16, section.length);
      attribute.point(8, log).set(20, LOG_BYTES).set(24, 1);
      int result = attribute.call(Command.BTF_LOAD);
      if (result < 0) {
        String reason = String.join(" | ", VerifierLog.of(log).digest());
        throw new SystemCallException("load BTF of " + section.length + " bytes", -result, reason);
      }
      return new KernelBtf(FileDescriptor.of(result, "load BTF"));
    }
  }

  int fd() {
    return descriptor.number();
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
