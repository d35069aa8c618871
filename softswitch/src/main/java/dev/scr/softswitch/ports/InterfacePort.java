package dev.scr.softswitch.ports;

import dev.scr.linux.call.SystemCallException;
import dev.scr.linux.packet.FrameBatch;
import dev.scr.linux.packet.PacketSocket;
import dev.scr.linux.packet.SendResult;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A network interface, by a raw socket: every frame with its VLAN tag. Turn offloads off where the
 * frames come from ({@code ethtool -K IF tx off gso off tso off gro off}), or the switch sees
 * frames that are longer than the link and checksums that are not filled in.
 */
public final class InterfacePort implements Port {

  private static final int BATCH = 32;
  // Longer than any MTU in use; a coalesced frame that is longer is cut and dropped.
  private static final int LONGEST_FRAME = 10_240;
  private static final long SEND_WAIT_NS = 1_000_000;

  private final String interfaceName;
  private final PacketSocket socket;
  private final FrameBatch batch = new FrameBatch(BATCH, LONGEST_FRAME);
  private final byte[] frame = new byte[LONGEST_FRAME];
  private volatile boolean closed;

  private InterfacePort(String interfaceName, PacketSocket socket) {
    this.interfaceName = interfaceName;
    this.socket = socket;
  }

  /**
   * Opens an interface of the calling thread's network namespace.
   *
   * @throws SystemCallException if there is no such interface, or CAP_NET_RAW is lacking
   */
  public static InterfacePort open(String interfaceName) {
    return new InterfacePort(interfaceName, PacketSocket.open(interfaceName));
  }

  @Override
  public String name() {
    return interfaceName;
  }

  @Override
  public int receive(Receiver receiver, long timeoutNs) {
    batch.clear();
    int count;
    try {
      count = socket.receive(batch, timeoutNs);
    } catch (SystemCallException e) {
      if (closed) {
        return -1;
      }
      throw e;
    }
    for (int i = 0; i < count; i++) {
      int length = batch.length(i);
      if (batch.originalLength(i) == length) {
        MemorySegment.copy(
            batch.memory(), ValueLayout.JAVA_BYTE, batch.offset(i), frame, 0, length);
        receiver.frame(frame, length);
      }
    }
    return count == 0 && closed ? -1 : count;
  }

  @Override
  public boolean send(byte[] bytes, int offset, int length) {
    MemorySegment segment = MemorySegment.ofArray(bytes).asSlice(offset, length);
    return !closed && socket.send(segment, SEND_WAIT_NS) == SendResult.SENT;
  }

  @Override
  public void close() {
    closed = true;
    socket.close();
  }
}
