package dev.scr.softswitch.ports;

import dev.scr.linux.call.SystemCallException;
import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.packet.Transmit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Runs a switch on ports: a thread for each port waits for frames and takes them through the
 * switch, which orders them all. The time of a frame is the switch's uptime at its arrival.
 */
public final class SwitchPorts implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger("dev.scr.softswitch.ports");
  private static final long RECEIVE_NS = 100_000_000;
  private static final long JOIN_MILLIS = 2000;

  /**
   * What a port has seen.
   *
   * @param received frames taken from it
   * @param sent frames that it took
   * @param lost frames that it did not take, as its queue was full or the link down
   */
  public record Counts(long received, long sent, long lost) {}

  private static final class Attached {
    final Port port;
    final LongAdder received = new LongAdder();
    final LongAdder sent = new LongAdder();
    final LongAdder lost = new LongAdder();

    Attached(Port port) {
      this.port = port;
    }
  }

  private final EmbeddedSwitch device;
  private final SortedMap<Integer, Attached> ports = new TreeMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final LongAdder unknown = new LongAdder();
  private final Transmit transmit = this::send;
  private volatile boolean closed;

  private SwitchPorts(EmbeddedSwitch device, Map<Integer, Port> ports) {
    this.device = device;
    ports.forEach((number, port) -> this.ports.put(number, new Attached(port)));
  }

  /**
   * Starts to take frames from the ports, which belong to this object from now on. Frames that
   * result from packets of the control plane go to them, too.
   *
   * @param ports by number
   */
  public static SwitchPorts start(EmbeddedSwitch device, Map<Integer, Port> ports) {
    SwitchPorts running = new SwitchPorts(device, ports);
    device.connect(running.transmit);
    running.ports.forEach((number, attached) ->
        running.threads.add(
            Thread.ofPlatform()
                .name("switch-port-" + number)
                .daemon()
                .start(() -> running.receive(number, attached))));
    return running;
  }

  private void receive(int number, Attached attached) {
    Port.Receiver receiver =
        (frame, length) -> {
          attached.received.increment();
          device.process(number, frame, length, device.uptimeMicros(), transmit);
        };
    try {
      while (!closed && attached.port.receive(receiver, RECEIVE_NS) >= 0) {
        // The port waits.
      }
    } catch (SystemCallException e) {
      LOGGER.log(
          System.Logger.Level.ERROR,
          "port " + number + "@" + attached.port.name() + " is out of service",
          e);
    }
  }

  /** Called under the switch's lock. */
  private void send(int number, byte[] bytes, int offset, int length) {
    Attached attached = ports.get(number);
    if (attached == null) {
      unknown.increment();
    } else if (attached.port.send(bytes, offset, length)) {
      attached.sent.increment();
    } else {
      attached.lost.increment();
    }
  }

  /** What each port has seen, by number. */
  public SortedMap<Integer, Counts> counts() {
    SortedMap<Integer, Counts> counts = new TreeMap<>();
    ports.forEach((number, attached) ->
        counts.put(
            number, new Counts(attached.received.sum(), attached.sent.sum(), attached.lost.sum())));
    return counts;
  }

  /** Frames that the program sent to ports that are not there. */
  public long sentNowhere() {
    return unknown.sum();
  }

  /** Takes no more frames, and closes the ports. */
  @Override
  public void close() {
    closed = true;
    device.connect((_, _, _, _) -> {});
    ports.values().forEach(attached -> attached.port.close());
    try {
      for (Thread thread : threads) {
        var _ = thread.join(Duration.ofMillis(JOIN_MILLIS));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
