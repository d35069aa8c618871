package dev.scr.softswitch.ports;

import dev.scr.linux.packet.FrameBatch;
import dev.scr.linux.packet.PacketSocket;
import dev.scr.linux.packet.SendResult;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.packet.Transmit;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Network interfaces as the ports of a switch, by AF_PACKET sockets. A thread per port receives and
 * has the switch process what came in; the switch's lock orders packets of different ports. Frames
 * for ports without an interface are counted and gone.
 */
public final class AttachedPorts implements Transmit, AutoCloseable {
  private static final int BATCH_FRAMES = 64;
  private static final long RECEIVE_TIMEOUT_NS = 100_000_000;
  private static final long SEND_TIMEOUT_NS = 10_000_000;

  private final EmbeddedSwitch device;
  private final Map<Integer, PacketSocket> sockets = new HashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong unsent = new AtomicLong();
  private volatile boolean closed;

  private AttachedPorts(EmbeddedSwitch device) {
    this.device = device;
  }

  /**
   * Opens the interfaces and starts to forward.
   *
   * @throws IllegalArgumentException if a port or an interface is named twice
   * @throws dev.scr.linux.call.SystemCallException if an interface is not there or privileges lack
   */
  public static AttachedPorts open(EmbeddedSwitch device, List<Attachment> attachments) {
    AttachedPorts ports = new AttachedPorts(device);
    try {
      attachments.forEach(ports::attach);
    } catch (RuntimeException e) {
      ports.close();
      throw e;
    }
    device.connect(ports);
    ports.start();
    return ports;
  }

  private void attach(Attachment attachment) {
    if (sockets.containsKey(attachment.port())) {
      throw new IllegalArgumentException(attachment + ": port " + attachment.port() + " is taken");
    }
    sockets.put(attachment.port(), PacketSocket.open(attachment.interfaceName()));
  }

  private void start() {
    sockets.forEach((port, socket) ->
        threads.add(
            Thread.ofPlatform().daemon().name("port-" + port).start(() -> receive(port, socket))));
  }

  private void receive(int port, PacketSocket socket) {
    FrameBatch batch = new FrameBatch(BATCH_FRAMES, PacketSocket.LONGEST_FRAME_BYTES);
    byte[] frame = new byte[PacketSocket.LONGEST_FRAME_BYTES];
    while (!closed) {
      int count = socket.receive(batch, RECEIVE_TIMEOUT_NS);
      for (int i = 0; i < count; i++) {
        int length = batch.length(i);
        MemorySegment.copy(
            batch.memory(), ValueLayout.JAVA_BYTE, batch.offset(i), frame, 0, length);
        device.process(port, frame, length, device.uptimeMicros(), this);
      }
    }
  }

  @Override
  public void frame(int port, byte[] bytes, int offset, int length) {
    PacketSocket socket = sockets.get(port);
    SendResult result =
        socket == null
            ? SendResult.LINK_DOWN
            : socket.send(MemorySegment.ofArray(bytes).asSlice(offset, length), SEND_TIMEOUT_NS);
    if (result != SendResult.SENT) {
      unsent.incrementAndGet();
    }
  }

  /** Frames that no interface took: no such port, link down, queue full, or longer than the MTU. */
  public long unsent() {
    return unsent.get();
  }

  @Override
  public void close() {
    closed = true;
    sockets.values().forEach(PacketSocket::close);
    for (Thread thread : threads) {
      try {
        thread.join(1_000);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
