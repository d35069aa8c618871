package dev.scr.hosts.live;

import dev.scr.linux.net.NetworkLink;
import dev.scr.linux.xdp.XdpRedirect;
import dev.scr.linux.xdp.XdpSocket;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * By an AF_XDP socket on one queue of an interface, whose driver has to know XDP: less work for the
 * kernel for each frame, and its network stack does not see them. Frames of up to 3840 bytes.
 */
public final class XdpFrames implements FrameSource {
  private static final XdpSocket.Options SIZES =
      new XdpSocket.Options(1 << 13, 4096, 1 << 12, 1 << 6);

  private final XdpSocket socket;
  private final XdpRedirect redirect;
  private final byte[] frame = new byte[SIZES.frameBytes()];

  private XdpFrames(XdpSocket socket, XdpRedirect redirect) {
    this.socket = socket;
    this.redirect = redirect;
  }

  /**
   * Opens an interface of the calling thread's network namespace, and attaches to it until this is
   * closed.
   *
   * @throws dev.scr.linux.call.SystemCallException ENODEV: no such interface; EINVAL: no such
   *     queue; EOPNOTSUPP: its driver does not know XDP; EBUSY: it has an XDP program already;
   *     EPERM: CAP_NET_RAW, CAP_NET_ADMIN or CAP_BPF is lacking
   */
  public static XdpFrames open(String interfaceName, int queue) {
    NetworkLink link = NetworkLink.named(interfaceName);
    XdpSocket socket = XdpSocket.open(link, queue, SIZES);
    try {
      XdpRedirect redirect = XdpRedirect.attach(link, queue + 1);
      redirect.add(socket);
      return new XdpFrames(socket, redirect);
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public int receive(long timeoutNs, Receiver receiver) {
    int frames = socket.receive(timeoutNs);
    for (int i = 0; i < frames; i++) {
      int length = socket.length(i);
      MemorySegment.copy(
          socket.memory(), ValueLayout.JAVA_BYTE, socket.offset(i), frame, 0, length);
      receiver.frame(frame, length);
    }
    socket.release();
    return frames;
  }

  @Override
  public long dropped() {
    XdpSocket.Statistics counts = socket.statistics();
    return counts.droppedOther() + counts.ringFull();
  }

  @Override
  public void close() {
    redirect.close();
    socket.close();
  }
}
