package dev.scr.hosts.sequencer;

import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.ControlFrame;
import dev.scr.wire.HistoryLayout;
import dev.scr.wire.WireFormat;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The sequencer as the wire format describes it, in Java. It is driven by the same settings as a
 * switch, and every other sequencer has to produce its bytes. Not thread-safe.
 */
public final class ReferenceSequencer {
  private final int program;
  private final int slotBytes;
  private final Extraction extraction;
  private final byte[] ring;
  private final byte[] metadata;
  private final ByteBuffer frame;
  private final Map<Integer, WorkerPort> ports = new HashMap<>();
  private final EnumMap<Outcome, Long> counters = new EnumMap<>(Outcome.class);
  private SequencerSettings settings = SequencerSettings.UNCONFIGURED;
  private SequencerState state;

  /** A sequencer that has seen no packet and is not configured. */
  public ReferenceSequencer(SequencerPipeline pipeline, Extraction extraction) {
    this(pipeline, extraction, SequencerState.START);
  }

  /** A sequencer that goes on from a state, with an empty ring. */
  public ReferenceSequencer(
      SequencerPipeline pipeline, Extraction extraction, SequencerState state) {
    this.program = pipeline.programId();
    this.slotBytes = pipeline.slotBytes();
    this.extraction = extraction;
    this.ring = new byte[pipeline.maxDepth() * slotBytes];
    this.metadata = new byte[slotBytes];
    this.frame = ByteBuffer.allocate((1 << 16) + WireFormat.BMV2_MAX_GROWTH_BYTES);
    this.state = state;
    for (Outcome outcome : Outcome.values()) {
      counters.put(outcome, 0L);
    }
  }

  /** Sets where workers are; replaces the earlier ones. Takes effect with the next packet. */
  public void ports(Collection<WorkerPort> newPorts) {
    ports.clear();
    newPorts.forEach(port -> ports.put(port.worker(), port));
  }

  /**
   * Sets what the sequencer has to become. It follows as soon as no replica can notice.
   *
   * @throws IllegalArgumentException if the ring has not that many slots
   */
  public void configure(SequencerSettings newSettings) {
    if (newSettings.depth() * slotBytes > ring.length) {
      throw new IllegalArgumentException(
          "depth=%d > %d slots of the ring"
              .formatted(newSettings.depth(), ring.length / slotBytes));
    }
    settings = newSettings;
  }

  /** Where the sequencer stands. */
  public SequencerState state() {
    return state;
  }

  /** How many packets had an outcome. */
  public long count(Outcome outcome) {
    return counters.getOrDefault(outcome, 0L);
  }

  /**
   * Takes one packet from any port but the controller's, and hands what becomes of it to the sink,
   * if anything.
   */
  public Outcome process(byte[] packet, int length, long timestampNs, FrameSink sink) {
    Outcome outcome = decide(packet, length, timestampNs, sink);
    counters.merge(outcome, 1L, Long::sum);
    return outcome;
  }

  /** Takes one frame from the controller's port: a command, or a packet like any other. */
  public Outcome processFromController(byte[] frame, int length, long timestampNs, FrameSink sink) {
    Optional<byte[]> command = ControlFrame.metadata(frame, length, program, slotBytes);
    if (command.isEmpty()) {
      return process(frame, length, timestampNs, sink);
    }
    System.arraycopy(command.get(), 0, metadata, 0, slotBytes);
    Outcome outcome = sequence(frame, length, timestampNs, sink);
    counters.merge(outcome, 1L, Long::sum);
    return outcome;
  }

  private Outcome decide(byte[] packet, int length, long timestampNs, FrameSink sink) {
    return switch (extraction.extract(packet, length, timestampNs, metadata)) {
      case MALFORMED -> Outcome.DROPPED_MALFORMED;
      case IRRELEVANT -> passThrough(packet, length, sink);
      case RELEVANT -> sequence(packet, length, timestampNs, sink);
    };
  }

  private Outcome passThrough(byte[] packet, int length, FrameSink sink) {
    if (settings.passPort() == 0) {
      return Outcome.DROPPED_UNMAPPED;
    }
    sink.frame(settings.passPort(), packet, length);
    return Outcome.PASSED_THROUGH;
  }

  /**
   * Whatever may be dropped is dropped before it takes a number: then the state stays as it was.
   */
  private Outcome sequence(byte[] packet, int length, long timestampNs, FrameSink sink) {
    SequencerState now = state.follow(settings);
    HistoryLayout layout = new HistoryLayout(now.depth(), slotBytes);
    if (length + layout.growthBytes() > settings.maxFrameBytes()) {
      return Outcome.DROPPED_OVERSIZED;
    }
    WorkerPort port = now.workers() == 0 ? null : ports.get(now.nextWorker());
    if (port == null) {
      return Outcome.DROPPED_UNMAPPED;
    }
    frame.clear();
    putHeader(now, port, length, timestampNs);
    frame.put(ring, 0, now.depth() * slotBytes).put(packet, 0, length);
    sink.frame(port.port(), frame.array(), frame.position());
    if (now.depth() > 0) {
      System.arraycopy(metadata, 0, ring, now.index() * slotBytes, slotBytes);
    }
    state = now.afterPacket();
    return Outcome.SEQUENCED;
  }

  private void putHeader(SequencerState now, WorkerPort port, int length, long timestampNs) {
    putMac(port.dstMac());
    putMac(port.srcMac());
    frame
        .putShort((short) WireFormat.ETHERTYPE_SCR)
        .put((byte) WireFormat.VERSION)
        .put((byte) program)
        .putShort((short) now.epoch())
        .put((byte) now.depth())
        .put((byte) slotBytes)
        .put((byte) now.index())
        .put((byte) now.valid())
        .putShort((short) now.nextWorker())
        .putInt(now.sequence() + 1)
        .putShort((short) length)
        .putShort((short) 0)
        .putLong(timestampNs);
  }

  private void putMac(long mac) {
    frame.putShort((short) (mac >> 32)).putInt((int) mac);
  }
}
