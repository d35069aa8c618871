package dev.scr.hosts.bench;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The frames that one of {@code depth + 1} workers gets, all of one length and with a full history:
 * what a handler runs over, again and again.
 *
 * @param bytes the frames one after another
 * @param frameBytes length of each, a multiple of 8: zeros behind the packet fill it up
 */
@SuppressWarnings("ArrayRecordComponent") // Made once and read by who made it.
record WorkerFrames(byte[] bytes, int frameBytes) {
  /** Number of frames, a power of two. */
  static final int COUNT = 2048;

  private static final int PACKET_BYTES = 64;

  static WorkerFrames of(ProgramObject object, HandlerCase measured, long seed) {
    int workers = measured.workers();
    int skipped = 2; // until the ring is full
    Trace trace =
        TraceGenerator.generate(
            new TraceSpec(
                TraceKind.UNIFORM,
                (COUNT + skipped) * workers,
                measured.flows(),
                PACKET_BYTES,
                seed));
    Collector frames = new Collector(skipped);
    List<WorkerPort> ports = IntStream.range(0, workers).mapToObj(WorkerPort::defaultOf).toList();
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.JVM)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      sequencer.ports(ports);
      sequencer.configure(SequencerSettings.first(measured.depth(), workers));
      byte[] packet = new byte[trace.maxLength()];
      for (int i = 0; i < trace.size(); i++) {
        sequencer.process(
            packet,
            trace.copyTo(i, packet),
            trace.timestampNs(i),
            (port, frame, length) -> {
              if (port == ports.getFirst().port()) {
                frames.add(frame, length);
              }
            });
      }
    }
    return frames.done();
  }

  /** Puts frames of one length behind each other. */
  private static final class Collector {
    private int skip;
    private int frameBytes;
    private int count;
    private byte[] bytes = new byte[0];

    Collector(int skip) {
      this.skip = skip;
    }

    void add(byte[] frame, int length) {
      if (skip-- > 0 || count == COUNT) {
        return;
      }
      if (count == 0) {
        frameBytes = (length + 7) & ~7;
        bytes = new byte[COUNT * frameBytes];
      }
      System.arraycopy(frame, 0, bytes, count++ * frameBytes, length);
    }

    WorkerFrames done() {
      if (count != COUNT) {
        throw new IllegalStateException("expected " + COUNT + " frames, found " + count);
      }
      return new WorkerFrames(bytes, frameBytes);
    }
  }

  /** The first frame, to start from. */
  byte[] first() {
    return Arrays.copyOf(bytes, frameBytes);
  }
}
