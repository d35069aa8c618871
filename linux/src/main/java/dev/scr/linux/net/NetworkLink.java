package dev.scr.linux.net;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.scr.linux.call.Errno;
import dev.scr.linux.call.FileCalls;
import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SocketCalls;
import dev.scr.linux.call.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A network interface as it was when it was looked up, in the calling thread's namespace.
 *
 * @param index the kernel's number for it, from 1
 * @param mtu bytes of payload behind the Ethernet header
 * @param up administratively up
 * @param running up and with a carrier: frames can pass
 * @param ethernet frames there begin with an Ethernet header
 */
public record NetworkLink(
    String name,
    int index,
    int mtu,
    MacAddress mac,
    boolean up,
    boolean running,
    boolean ethernet) {
  /** Longest name without its NUL. */
  public static final int LONGEST_NAME = 15;

  // struct ifreq: name[16], then a union of which these requests use an int, a short or a sockaddr.
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_VALUE = 16;
  private static final int IFREQ_HARDWARE_ADDRESS = 18;
  private static final long GET_NAME = 0x8910;
  private static final long GET_FLAGS = 0x8913;
  private static final long SET_FLAGS = 0x8914;
  private static final long GET_MTU = 0x8921;
  private static final long SET_MTU = 0x8922;
  private static final long GET_HARDWARE_ADDRESS = 0x8927;
  private static final long GET_INDEX = 0x8933;
  private static final long ETHTOOL = 0x8946;
  private static final int HARDWARE_ETHERNET = 1;
  private static final int HARDWARE_LOOPBACK = 772;
  private static final int IFF_UP = 0x1;
  private static final int IFF_RUNNING = 0x40;

  /**
   * Looks an interface up.
   *
   * @throws SystemCallException ENODEV when there is none of that name in the calling thread's
   *     namespace
   */
  public static NetworkLink named(String name) {
    try (Request request = new Request(name)) {
      request.ask(GET_INDEX, "look up");
      int index = request.value();
      request.ask(GET_MTU, "read the MTU of");
      int mtu = request.value();
      request.ask(GET_FLAGS, "read the flags of");
      int flags = request.memory.get(JAVA_SHORT, IFREQ_VALUE);
      request.ask(GET_HARDWARE_ADDRESS, "read the MAC address of");
      int hardware = request.memory.get(JAVA_SHORT, IFREQ_VALUE);
      byte[] mac =
          request.memory.asSlice(IFREQ_HARDWARE_ADDRESS, MacAddress.BYTES).toArray(JAVA_BYTE);
      boolean up = (flags & IFF_UP) != 0;
      return new NetworkLink(
          name,
          index,
          mtu,
          MacAddress.of(mac),
          up,
          up && (flags & IFF_RUNNING) != 0,
          hardware == HARDWARE_ETHERNET || hardware == HARDWARE_LOOPBACK);
    }
  }

  /** Whether the namespace in which {@code socket} was opened still has this interface. */
  public boolean existsFor(FileDescriptor socket) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
      request.set(JAVA_INT, IFREQ_VALUE, index);
      return FileCalls.ioctl(socket.number(), GET_NAME, request) >= 0;
    }
  }

  /**
   * Whether frames can pass there now: the interface that has this one's number, whatever its name,
   * in the namespace in which {@code socket} was opened, is up and has a carrier.
   */
  public boolean runningFor(FileDescriptor socket) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
      request.set(JAVA_INT, IFREQ_VALUE, index);
      if (FileCalls.ioctl(socket.number(), GET_NAME, request) < 0
          || FileCalls.ioctl(socket.number(), GET_FLAGS, request) < 0) {
        return false;
      }
      int flags = request.get(JAVA_SHORT, IFREQ_VALUE);
      return (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0;
    }
  }

  /** Brings the interface up or down. Needs CAP_NET_ADMIN. */
  public static void setUp(String name, boolean up) {
    try (Request request = new Request(name)) {
      request.ask(GET_FLAGS, "read the flags of");
      int flags = request.memory.get(JAVA_SHORT, IFREQ_VALUE);
      flags = up ? flags | IFF_UP : flags & ~IFF_UP;
      request.memory.set(JAVA_SHORT, IFREQ_VALUE, (short) flags);
      request.ask(SET_FLAGS, up ? "bring up" : "bring down");
    }
  }

  /** Sets the MTU in bytes. Needs CAP_NET_ADMIN. */
  public static void setMtu(String name, int bytes) {
    try (Request request = new Request(name)) {
      request.memory.set(JAVA_INT, IFREQ_VALUE, bytes);
      request.ask(SET_MTU, "set MTU " + bytes + " on");
    }
  }

  /**
   * Switches an offload. A user-space switch needs transmit offloads off on the sender's side of a
   * veth, or frames come with checksums that nobody filled in and longer than the MTU. Needs
   * CAP_NET_ADMIN.
   *
   * @return false when the interface doesn't have that offload or has it fixed
   */
  public static boolean setOffload(String name, Offload offload, boolean on) {
    try (Request request = new Request(name)) {
      MemorySegment command = request.arena.allocate(8, 8);
      command.set(JAVA_INT, 0, offload.command());
      command.set(JAVA_INT, 4, on ? 1 : 0);
      request.memory.set(JAVA_LONG, IFREQ_VALUE, command.address());
      int result = FileCalls.ioctl(request.socket.number(), ETHTOOL, request.memory);
      if (result == -Errno.EOPNOTSUPP) {
        return false;
      }
      SystemCallException.check(
          result, "switch " + offload + (on ? " on for " : " off for ") + name);
      return true;
    }
  }

  /** Work that the kernel leaves to the network card; the number is ethtool's "set" command. */
  public enum Offload {
    RECEIVE_CHECKSUM(0x15),
    TRANSMIT_CHECKSUM(0x17),
    SCATTER_GATHER(0x19),
    TCP_SEGMENTATION(0x1f),
    GENERIC_SEGMENTATION(0x24),
    GENERIC_RECEIVE(0x2c);

    private final int command;

    Offload(int command) {
      this.command = command;
    }

    int command() {
      return command;
    }
  }

  /** A {@code struct ifreq} and a socket to send it through. */
  private static final class Request implements AutoCloseable {
    private final String name;
    private final Arena arena = Arena.ofConfined();
    private final FileDescriptor socket;
    private final MemorySegment memory;

    private Request(String name) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      if (bytes.length == 0 || bytes.length > LONGEST_NAME) {
        throw new IllegalArgumentException(
            "interface name '"
                + name
                + "': expected 1.."
                + LONGEST_NAME
                + " bytes, found "
                + bytes.length);
      }
      this.name = name;
      this.memory = arena.allocate(IFREQ_BYTES, 8);
      MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, bytes.length);
      this.socket =
          FileDescriptor.of(
              SocketCalls.socket(SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM, 0),
              "open a socket to ask for interface " + name);
    }

    private void ask(long request, String what) {
      int result = FileCalls.ioctl(socket.number(), request, memory);
      SystemCallException.check(result, what + " interface " + name);
    }

    private int value() {
      return memory.get(JAVA_INT, IFREQ_VALUE);
    }

    @Override
    public void close() {
      socket.close();
      arena.close();
    }
  }
}
