package dev.scr.cli.harness;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.sequencer.SequencerCounters;
import dev.scr.controlplane.sequencer.SequencerStatus;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.run.ReplicationCheck;
import dev.scr.hosts.run.ReplicationReport;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.worker.Loss;
import dev.scr.hosts.worker.WorkerGroup;
import dev.scr.hosts.worker.WorkerResult;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * State-compute replication from the controller to the comparison: a switch is given the sequencer,
 * traffic goes through it to workers, and what they did is held against the sequential program.
 *
 * @param object the packet program
 * @param engine what runs it
 * @param settings depth and workers
 * @param loss what is lost between switch and workers
 */
public record Demonstration(
    ProgramObject object, Engine engine, SequencerSettings settings, Loss loss) {

  /**
   * What happened.
   *
   * @param report the comparison with the sequential program
   * @param workers what each worker did
   * @param counters what the switch counted
   * @param sequencerEqual whether the switch counted what the reference sequencer does
   * @param nanoseconds from the first packet into the switch to the last verdict
   */
  public record Outcomes(
      ReplicationReport report,
      List<WorkerResult> workers,
      SequencerCounters counters,
      boolean sequencerEqual,
      long nanoseconds) {
    public Outcomes {
      workers = List.copyOf(workers);
    }
  }

  /**
   * Runs it.
   *
   * @param progress is told of every packet that has gone into the switch
   * @param ready is told how the sequencer is set up, before the first packet
   */
  public Outcomes run(
      SwitchHarness harness, Trace trace, IntConsumer progress, Consumer<SequencerStatus> ready)
      throws InterruptedException {
    try (P4RuntimeSession session = Sequencing.connect(harness);
        WorkerGroup workers = new WorkerGroup(object, engine, Sequencing.ports(settings), loss)) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(SequencerPipeline.of(object.program()), true);
      controller.setDepthAndWorkers(settings.depth(), settings.workers(), true);
      ready.accept(controller.status());
      long start = System.nanoTime();
      SwitchClock clock = new SwitchClock(trace.size(), workers);
      harness.send(SequencerSettings.UPLINK_PORT, trace, 0, trace.size(), clock, progress);
      List<WorkerResult> results = workers.finish();
      long nanoseconds = System.nanoTime() - start;
      SequencerCounters counters = controller.counters();
      List<Outcome> expected = outcomes(trace);
      ReplicationReport report =
          new ReplicationCheck(clock.stamp(trace, expected), expected, 0, results)
              .run(object, engine);
      return new Outcomes(report, results, counters, counted(counters, expected), nanoseconds);
    }
  }

  /** What the reference sequencer does with each packet. */
  private List<Outcome> outcomes(Trace trace) {
    List<Outcome> outcomes = new ArrayList<>(trace.size());
    try (MetadataExtraction extraction = new MetadataExtraction(object, engine)) {
      ReferenceSequencer reference =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      reference.ports(Sequencing.ports(settings));
      reference.configure(settings);
      byte[] packet = new byte[trace.maxLength()];
      for (int i = 0; i < trace.size(); i++) {
        outcomes.add(
            reference.process(
                packet, trace.copyTo(i, packet), trace.timestampNs(i), (port, f, n) -> {}));
      }
    }
    return outcomes;
  }

  private static boolean counted(SequencerCounters counters, List<Outcome> expected) {
    return counters.sequenced() == count(expected, Outcome.SEQUENCED)
        && counters.passedThrough() == count(expected, Outcome.PASSED_THROUGH)
        && counters.droppedOversized() == count(expected, Outcome.DROPPED_OVERSIZED)
        && counters.droppedMalformed() == count(expected, Outcome.DROPPED_MALFORMED)
        && counters.droppedUnmapped() == count(expected, Outcome.DROPPED_UNMAPPED);
  }

  private static long count(List<Outcome> outcomes, Outcome wanted) {
    return outcomes.stream().filter(outcome -> outcome == wanted).count();
  }
}
