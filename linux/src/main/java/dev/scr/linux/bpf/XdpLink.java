package dev.scr.linux.bpf;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;

/**
 * An XDP program on an interface. It is detached when this is closed or the process ends, however
 * that comes. Any thread may close it.
 */
public final class XdpLink implements AutoCloseable {
  private static final int ATTACH_XDP = 37;

  private final NetworkLink link;
  private final FileDescriptor descriptor;

  /** Where in the receive path the program runs; the number is the kernel's flag. */
  public enum Mode {
    /** In the driver if it can, otherwise generic. */
    ANY(0),
    /**
     * On a copy that the stack has made of the frame: every interface can, slowly, and AF_XDP
     * sockets get nothing on veth.
     */
    GENERIC(1 << 1),
    /** In the driver, before the stack. */
    DRIVER(1 << 2);

    private final int flag;

    Mode(int flag) {
      this.flag = flag;
    }
  }

  private XdpLink(NetworkLink link, FileDescriptor descriptor) {
    this.link = link;
    this.descriptor = descriptor;
  }

  /**
   * Attaches {@code program} to an interface that was looked up in the calling thread's namespace.
   * Needs CAP_NET_ADMIN.
   *
   * @throws SystemCallException EBUSY: another program is there; EOPNOTSUPP: the driver has no XDP;
   *     EINVAL or ERANGE: the MTU is too large for XDP in this driver
   */
  public static XdpLink attach(BpfProgram program, NetworkLink link, Mode mode) {
    String operation = "attach " + program + " to " + link.name() + " in mode " + mode;
    try (Attribute attribute = new Attribute()) {
      attribute.set(0, program.fd()).set(4, link.index()).set(8, ATTACH_XDP).set(12, mode.flag);
      int result = attribute.call(Command.LINK_CREATE);
      if (result < 0) {
        throw new SystemCallException(operation, -result, remedy(-result, link));
      }
      return new XdpLink(link, FileDescriptor.of(result, operation));
    }
  }

  private static String remedy(int errno, NetworkLink link) {
    return switch (errno) {
      case Errno.EBUSY ->
          "'ip link set dev " + link.name() + " xdp off' removes the program that is there";
      case Errno.EINVAL -> "lower the MTU (now " + link.mtu() + ") of both ends";
      case Errno.EOPNOTSUPP -> "try mode GENERIC";
      default -> "";
    };
  }

  /** Puts {@code program} in place of the present one, between two packets. */
  public void replace(BpfProgram program) {
    try (Attribute attribute = new Attribute()) {
      attribute.set(0, descriptor.number()).set(4, program.fd());
      attribute.check(Command.LINK_UPDATE, "replace the XDP program on " + link.name());
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return "XDP link on " + link.name();
  }
}
