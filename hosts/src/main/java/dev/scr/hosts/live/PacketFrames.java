package dev.scr.hosts.live;

import dev.scr.linux.packet.PacketRing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** By an AF_PACKET ring: works on every interface, and the network stack sees the frames, too. */
public final class PacketFrames implements FrameSource {
  private final PacketRing ring;
  private byte[] frame = new byte[1 << 12];

  private PacketFrames(PacketRing ring) {
    this.ring = ring;
  }

  /**
   * Opens an interface of the calling thread's network namespace.
   *
   * @param waitMs for so many milliseconds, 1 or more, frames may be held back to come together
   * @throws dev.scr.linux.call.SystemCallException ENODEV: no such interface; EPERM: CAP_NET_RAW is
   *     lacking
   */
  public static PacketFrames open(String interfaceName, int waitMs) {
    PacketRing.Options sizes = PacketRing.Options.DEFAULT;
    return new PacketFrames(
        PacketRing.open(
            interfaceName, new PacketRing.Options(sizes.blocks(), sizes.blockBytes(), waitMs)));
  }

  @Override
  public int receive(long timeoutNs, Receiver receiver) {
    int frames = ring.receive(timeoutNs);
    while (ring.next()) {
      int length = ring.length();
      if (frame.length < length) {
        frame = new byte[length];
      }
      MemorySegment.copy(ring.memory(), ValueLayout.JAVA_BYTE, ring.offset(), frame, 0, length);
      receiver.frame(frame, length);
    }
    ring.release();
    return frames;
  }

  @Override
  public long dropped() {
    return ring.statistics().dropped();
  }

  @Override
  public void close() {
    ring.close();
  }
}
