package dev.scr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.scr.linux.call.FileDescriptor;
import dev.scr.linux.call.SocketCalls;
import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.net.NetworkLink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The way from an interface's name to a bound AF_PACKET socket. */
final class PacketSocketSetup {
  private static final int PACKET_ADD_MEMBERSHIP = 1;
  private static final int PACKET_QDISC_BYPASS = 20;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int MEMBERSHIP_PROMISCUOUS = 1;
  private static final int EVERY_PROTOCOL = 0x0003;
  private static final int NO_PROTOCOL = 0;

  private PacketSocketSetup() {}

  /** A socket that has every option before its first frame can arrive. */
  static FileDescriptor bound(NetworkLink link, PacketSocket.Options options) {
    FileDescriptor socket = configured(link, options);
    try {
      bind(socket.number(), link);
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** A socket to which no frame comes until {@link #bind}. */
  static FileDescriptor configured(NetworkLink link, PacketSocket.Options options) {
    // Protocol 0 receives nothing until bind says which interface it is.
    FileDescriptor socket =
        FileDescriptor.of(
            SocketCalls.socket(SocketCalls.AF_PACKET, SocketCalls.SOCK_RAW, 0),
            "open AF_PACKET socket for " + link.name());
    try {
      configure(socket.number(), link, options);
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** A socket to which no frame ever comes, with room for what waits to leave. */
  static FileDescriptor sending(NetworkLink link, int sendBufferBytes) {
    FileDescriptor socket =
        FileDescriptor.of(
            SocketCalls.socket(SocketCalls.AF_PACKET, SocketCalls.SOCK_RAW, 0),
            "open AF_PACKET socket for " + link.name());
    try {
      int fd = socket.number();
      int forced =
          SocketCalls.setOption(
              fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_SNDBUFFORCE, sendBufferBytes);
      if (forced < 0) {
        set(
            fd,
            SocketCalls.SOL_SOCKET,
            SocketCalls.SO_SNDBUF,
            sendBufferBytes,
            "set the send buffer");
      }
      bind(fd, link, NO_PROTOCOL);
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  static NetworkLink link(String interfaceName) {
    try {
      return NetworkLink.named(interfaceName);
    } catch (SystemCallException e) {
      throw new SystemCallException("bind AF_PACKET to " + interfaceName, e.errno());
    }
  }

  private static void configure(int fd, NetworkLink link, PacketSocket.Options options) {
    set(fd, PacketSocket.SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "ignore outgoing frames");
    set(fd, PacketSocket.SOL_PACKET, PacketSocket.PACKET_AUXDATA, 1, "ask for VLAN tags");
    set(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_TIMESTAMPNS, 1, "ask for timestamps");
    int forced =
        SocketCalls.setOption(
            fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_RCVBUFFORCE, options.receiveBufferBytes());
    if (forced < 0) {
      set(
          fd,
          SocketCalls.SOL_SOCKET,
          SocketCalls.SO_RCVBUF,
          options.receiveBufferBytes(),
          "set the receive buffer");
    }
    if (options.bypassQueueing()) {
      set(fd, PacketSocket.SOL_PACKET, PACKET_QDISC_BYPASS, 1, "bypass queueing");
    }
    if (options.promiscuous()) {
      becomePromiscuous(fd, link);
    }
  }

  private static void set(int fd, int level, int option, int value, String what) {
    SystemCallException.check(
        SocketCalls.setOption(fd, level, option, value), "AF_PACKET socket: " + what);
  }

  // struct packet_mreq { ifindex:4 type:2 alen:2 address:8 }
  private static void becomePromiscuous(int fd, NetworkLink link) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment membership = arena.allocate(16, 4);
      membership.set(JAVA_INT, 0, link.index());
      membership.set(JAVA_SHORT, 4, (short) MEMBERSHIP_PROMISCUOUS);
      SystemCallException.check(
          SocketCalls.setOption(fd, PacketSocket.SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership),
          "make " + link.name() + " promiscuous");
    }
  }

  static void bind(int fd, NetworkLink link) {
    bind(fd, link, EVERY_PROTOCOL);
  }

  // struct sockaddr_ll { family:2 protocol:2 (network order) ifindex:4 hatype:2 pkttype:1 halen:1
  // addr:8 }
  private static void bind(int fd, NetworkLink link, int protocol) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(20, 4);
      address.set(JAVA_SHORT, 0, (short) SocketCalls.AF_PACKET);
      address.set(JAVA_BYTE, 3, (byte) protocol);
      address.set(JAVA_INT, 4, link.index());
      SystemCallException.check(SocketCalls.bind(fd, address), "bind AF_PACKET to " + link.name());
    }
  }
}
