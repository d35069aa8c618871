package dev.scr.cli.harness;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.sequencer.SequencerCounters;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.controlplane.session.SessionOptions;
import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.List;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** A trace through a sequencer of whatever kind. */
public final class Sequencing {
  private Sequencing() {}

  /**
   * What came out.
   *
   * @param frames in the order of their packets, with the packets' times
   * @param counters what the sequencer counted
   */
  public record Result(Trace frames, SequencerCounters counters) {}

  /** Ports as every command sets them up. */
  public static List<WorkerPort> ports(SequencerSettings settings) {
    return IntStream.range(0, settings.workers()).mapToObj(WorkerPort::defaultOf).toList();
  }

  /** Through the reference sequencer. */
  public static Result byReference(ProgramObject object, Trace trace, SequencerSettings settings) {
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.INTERPRETER)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      sequencer.ports(ports(settings));
      sequencer.configure(settings);
      Trace.Builder frames = new Trace.Builder();
      byte[] packet = new byte[trace.maxLength()];
      for (int i = 0; i < trace.size(); i++) {
        long timestampNs = trace.timestampNs(i);
        sequencer.process(
            packet,
            trace.copyTo(i, packet),
            timestampNs,
            (port, frame, length) -> frames.add(timestampNs, frame, 0, length));
      }
      return new Result(
          frames.build(),
          new SequencerCounters(
              sequencer.count(Outcome.SEQUENCED),
              sequencer.count(Outcome.PASSED_THROUGH),
              sequencer.count(Outcome.DROPPED_OVERSIZED),
              sequencer.count(Outcome.DROPPED_MALFORMED),
              sequencer.count(Outcome.DROPPED_UNMAPPED),
              new TreeMap<>()));
    }
  }

  /** Through the P4 program on a switch, which is set up by the controller. */
  public static Result bySwitch(
      SwitchHarness harness,
      PacketProgram program,
      Trace trace,
      SequencerSettings settings,
      IntConsumer progress)
      throws InterruptedException {
    try (P4RuntimeSession session = connect(harness)) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(SequencerPipeline.of(program), true);
      controller.setDepthAndWorkers(settings.depth(), settings.workers(), true);
      SequencedTrace collector =
          new SequencedTrace(settings.passPort(), ProgramObject.of(program).timeField());
      harness.send(SequencerSettings.UPLINK_PORT, trace, 0, trace.size(), collector, progress);
      return new Result(collector.inOrderOf(trace), controller.counters());
    }
  }

  /** A session that is primary. */
  public static P4RuntimeSession connect(SwitchHarness harness) {
    return P4RuntimeSession.connect(
        SessionOptions.of(harness.p4runtime()).withDeviceId(SwitchHarness.DEVICE_ID));
  }
}
