package dev.scr.linux.xdp;

import static dev.scr.linux.bpf.Instructions.exit;
import static dev.scr.linux.bpf.Instructions.instruction;
import static dev.scr.linux.bpf.Instructions.move;
import static dev.scr.linux.bpf.Instructions.program;

import dev.scr.linux.bpf.BpfMap;
import dev.scr.linux.bpf.BpfProgram;
import dev.scr.linux.bpf.MapSpec;
import dev.scr.linux.bpf.MapType;
import dev.scr.linux.bpf.ProgramSpec;
import dev.scr.linux.bpf.ProgramType;
import dev.scr.linux.bpf.XdpLink;
import dev.scr.linux.net.NetworkLink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The XDP program that hands every frame of an interface to the AF_XDP socket of its queue, and
 * frames of queues without a socket to the stack. Detached when closed.
 */
public final class XdpRedirect implements AutoCloseable {
  private static final int REDIRECT_MAP = 51;
  private static final int XDP_PASS = 2;
  private static final int QUEUE_IN_CONTEXT = 16;

  private final BpfMap sockets;
  private final XdpLink link;

  private XdpRedirect(BpfMap sockets, XdpLink link) {
    this.sockets = sockets;
    this.link = link;
  }

  /**
   * Attaches to an interface that was looked up in the calling thread's namespace.
   *
   * @param queues sockets can be added for queues 0 to {@code queues - 1}
   */
  public static XdpRedirect attach(NetworkLink link, int queues) {
    BpfMap sockets = BpfMap.create(MapSpec.of("xsk_" + link.name(), MapType.XSK_MAP, 4, 4, queues));
    try (BpfProgram program = BpfProgram.load(redirecting(sockets))) {
      return new XdpRedirect(sockets, XdpLink.attach(program, link, XdpLink.Mode.DRIVER));
    } catch (RuntimeException e) {
      sockets.close();
      throw e;
    }
  }

  private static ProgramSpec redirecting(BpfMap sockets) {
    byte[] instructions =
        program(
            instruction(0x61, 2, 1, QUEUE_IN_CONTEXT, 0), // r2 = context.rx_queue_index
            instruction(0x18, 1, 0, 0, 0), // r1 = sockets
            0,
            move(3, XDP_PASS), // what to do without a socket
            instruction(0x85, 0, 0, 0, REDIRECT_MAP),
            exit());
    return ProgramSpec.of("to_socket", ProgramType.XDP, "GPL", instructions).withMap(1, sockets);
  }

  /** Sends the frames of the socket's queue to the socket from now on, until it is closed. */
  public void add(XdpSocket socket) {
    sockets.update(number(socket.queue()), number(socket.fd()));
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  @Override
  public void close() {
    link.close();
    sockets.close();
  }
}
