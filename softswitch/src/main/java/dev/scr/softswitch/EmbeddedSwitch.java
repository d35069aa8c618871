package dev.scr.softswitch;

import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.EventCounters;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.packet.Transmit;
import dev.scr.softswitch.program.Program;
import dev.scr.softswitch.state.ReplicationEngine;
import dev.scr.softswitch.v1model.V1ModelTarget;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A P4 switch in this process. Without a pipeline it drops everything.
 *
 * <p>Any thread may call any method. One lock orders everything: a packet with all its copies, or a
 * request of the control plane, holds it to the end, so that a change takes effect between two
 * packets and packets see state in the order of arrival. The lock is fair, so a busy sender does
 * not shut out the control plane.
 *
 * <p>Time is what callers of {@link #process} say; it must not go backwards.
 */
public final class EmbeddedSwitch {

  private static final Transmit NOWHERE = (_, _, _, _) -> {};
  private static final long NANOS_PER_MICRO = 1000;

  /** What the control plane wants to know. Called under the switch's lock; must not block. */
  public interface ControlPlane {

    /** A frame went to the CPU port; the bytes are valid during the call only. */
    void packetIn(byte[] bytes, int offset, int length);

    /** The program generated a digest; the packet is valid during the call only. */
    void digest(Program.LearnList list, Packet packet);
  }

  private final long deviceId;
  private final SwitchOptions options;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final EventCounters events = new EventCounters();
  private final ReplicationEngine replication = new ReplicationEngine();
  private final long startNanos = System.nanoTime();

  private @Nullable SwitchPipeline pipeline;
  private @Nullable V1ModelTarget target;
  private @Nullable ControlPlane controlPlane;
  private Transmit dataPorts = NOWHERE;
  private Transmit current = NOWHERE;
  private final Transmit sorting = this::sort;
  private long packetMicros;
  private long packetNanos = System.nanoTime();

  /**
   * A switch without a pipeline.
   *
   * @param deviceId what P4Runtime clients call it; not 0
   */
  public EmbeddedSwitch(long deviceId, SwitchOptions options) {
    if (deviceId == 0) {
      throw new IllegalArgumentException("expected a device id other than 0, found 0");
    }
    this.deviceId = deviceId;
    this.options = options;
  }

  /** What P4Runtime clients call it. */
  public long deviceId() {
    return deviceId;
  }

  /** How it behaves whatever program it runs. */
  public SwitchOptions options() {
    return options;
  }

  /**
   * Runs a pipeline from the next packet on, with fresh state: tables, registers, counters,
   * multicast groups and clone sessions.
   */
  public void loadPipeline(SwitchPipeline newPipeline) {
    locked(() -> {
      replication.clear();
      replacePipeline(newPipeline);
      return null;
    });
  }

  /** As {@link #loadPipeline}, but keeps multicast groups and clone sessions. Under the lock. */
  public void replacePipeline(SwitchPipeline newPipeline) {
    target =
        new V1ModelTarget(
            newPipeline.program(),
            replication,
            events,
            this::digest,
            new V1ModelTarget.Limits(options.maxGrowthBytes(), options.maxPasses()));
    pipeline = newPipeline;
  }

  /** The pipeline that runs. Its state may be touched inside {@link #locked} only. */
  public Optional<SwitchPipeline> pipeline() {
    return Optional.ofNullable(locked(() -> pipeline));
  }

  /** Multicast groups and clone sessions. To be touched inside {@link #locked} only. */
  public ReplicationEngine replication() {
    return replication;
  }

  /**
   * The switch's time in microseconds: that of the last packet, plus what has passed since. To be
   * called inside {@link #locked} only.
   */
  public long nowMicros() {
    return packetMicros + (System.nanoTime() - packetNanos) / NANOS_PER_MICRO;
  }

  /**
   * Processes one frame. When this returns, every frame that results from it has been given to
   * {@code out} (or to the control plane, for the CPU port).
   *
   * @param ingressPort the port it came in on, from 0 to 510
   * @param frame holds the frame in its first {@code length} bytes; not changed, not kept
   * @param ingressTimeMicros the time of arrival, and the program's ingress and egress timestamps
   */
  public void process(
      int ingressPort, byte[] frame, int length, long ingressTimeMicros, Transmit out) {
    lock.lock();
    try {
      V1ModelTarget running = target;
      if (running == null) {
        events.count(Event.NO_PIPELINE);
        return;
      }
      packetMicros = ingressTimeMicros;
      packetNanos = System.nanoTime();
      current = out;
      running.process(ingressPort, frame, 0, length, ingressTimeMicros, sorting);
    } finally {
      current = NOWHERE;
      lock.unlock();
    }
  }

  private void sort(int port, byte[] bytes, int offset, int length) {
    ControlPlane listener = controlPlane;
    if (listener != null && options.cpuPort().isPresent() && options.cpuPort().getAsInt() == port) {
      events.count(Event.PACKET_IN);
      listener.packetIn(bytes, offset, length);
    } else {
      current.frame(port, bytes, offset, length);
    }
  }

  private void digest(Program.LearnList list, Packet packet) {
    ControlPlane listener = controlPlane;
    if (listener != null) {
      listener.digest(list, packet);
    }
  }

  /** Where frames go that result from packets of the control plane; nowhere at first. */
  public void connect(Transmit newDataPorts) {
    locked(() -> {
      dataPorts = newDataPorts;
      return null;
    });
  }

  /** Who hears of packets to the CPU port and of digests; nobody at first. */
  public void attach(ControlPlane listener) {
    locked(() -> {
      controlPlane = listener;
      return null;
    });
  }

  /** Nobody hears of packets to the CPU port any more, if it was this one. */
  public void detach(ControlPlane listener) {
    locked(() -> {
      controlPlane = listener.equals(controlPlane) ? null : controlPlane;
      return null;
    });
  }

  /** Processes a frame of the control plane as if it came in on the CPU port. */
  public void packetOut(byte[] frame) {
    int port =
        options.cpuPort().orElseThrow(() -> new IllegalStateException("there is no CPU port"));
    lock.lock();
    try {
      events.count(Event.PACKET_OUT);
      process(port, frame, frame.length, nowMicros(), dataPorts);
    } finally {
      lock.unlock();
    }
  }

  /** Microseconds since this switch was made: a time for callers that have no better one. */
  public long uptimeMicros() {
    return (System.nanoTime() - startNanos) / NANOS_PER_MICRO;
  }

  /** Counts something that happened outside the pipeline. Under the lock. */
  public void count(Event event) {
    events.count(event);
  }

  /** How often each event has happened since the switch was made. */
  public Map<Event, Long> events() {
    return locked(events::snapshot);
  }

  /** Runs something between two packets. It must be short: traffic waits. */
  public <T extends @Nullable Object> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }
}
