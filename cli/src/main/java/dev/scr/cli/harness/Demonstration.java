package dev.scr.cli.harness;

import dev.scr.controlplane.sequencer.SequencerController;
import dev.scr.controlplane.sequencer.SequencerCounters;
import dev.scr.controlplane.sequencer.SequencerStatus;
import dev.scr.controlplane.session.P4RuntimeSession;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.run.ReplicationCheck;
import dev.scr.hosts.run.ReplicationReport;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.worker.Delivery;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.hosts.worker.WorkerGroup;
import dev.scr.hosts.worker.WorkerResult;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * State-compute replication from the controller to the comparison: a switch is given the sequencer,
 * traffic goes through it to workers, and what they did is held against the sequential program.
 *
 * @param object the packet program
 * @param engine what runs it
 * @param settings depth and workers at first
 * @param delivery how frames come from the switch to the workers
 * @param resizes changes of the number of workers while traffic flows, in the order of the packets
 */
public record Demonstration(
    ProgramObject object,
    ReplicaEngine engine,
    SequencerSettings settings,
    Delivery delivery,
    List<Resize> resizes) {
  public Demonstration {
    resizes = List.copyOf(resizes);
  }

  /**
   * A change of the number of workers.
   *
   * @param packet of the trace before which it happens
   * @param workers from then on
   */
  public record Resize(int packet, int workers) {}

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
        WorkerGroup workers =
            delivery.start(object, engine, Sequencing.ports(settings), mostWorkers())) {
      SequencerController controller = new SequencerController(session);
      controller.pushPipeline(SequencerPipeline.of(object.program()), true);
      controller.setDepthAndWorkers(settings.depth(), settings.workers(), true);
      ready.accept(controller.status());
      long start = System.nanoTime();
      SwitchClock clock = new SwitchClock(trace.size(), workers);
      int sent = 0;
      int taking = settings.workers();
      for (Resize resize : resizesWithin(trace)) {
        harness.send(SequencerSettings.UPLINK_PORT, trace, sent, resize.packet(), clock, progress);
        sent = resize.packet();
        resize(taking, resize.workers(), workers, controller);
        taking = resize.workers();
      }
      harness.send(SequencerSettings.UPLINK_PORT, trace, sent, trace.size(), clock, progress);
      List<WorkerResult> results = workers.finish();
      long nanoseconds = System.nanoTime() - start;
      SequencerCounters counters = controller.counters();
      List<Outcome> expected = outcomes(trace);
      ReplicationReport report =
          new ReplicationCheck(clock.stamp(trace, expected), expected, 0, results)
              .run(object, engine.machine());
      return new Outcomes(report, results, counters, counted(counters, expected), nanoseconds);
    }
  }

  private List<Resize> resizesWithin(Trace trace) {
    return resizes.stream().filter(resize -> resize.packet() < trace.size()).toList();
  }

  private int mostWorkers() {
    return resizes.stream().mapToInt(Resize::workers).reduce(settings.workers(), Math::max);
  }

  /** New workers are ready before the switch sends to them, old ones stay until it has stopped. */
  private void resize(int from, int to, WorkerGroup workers, SequencerController controller)
      throws InterruptedException {
    for (int worker = from; worker < to; worker++) {
      workers.add(WorkerPort.defaultOf(worker));
    }
    controller.setWorkers(to, false);
    for (int worker = to; worker < from; worker++) {
      workers.remove(WorkerPort.defaultOf(worker));
    }
  }

  /** What the reference sequencer does with each packet. */
  private List<Outcome> outcomes(Trace trace) {
    List<Outcome> outcomes = new ArrayList<>(trace.size());
    try (MetadataExtraction extraction = new MetadataExtraction(object, engine.machine())) {
      ReferenceSequencer reference =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      SequencerSettings now = settings;
      Iterator<Resize> changes = resizesWithin(trace).iterator();
      Optional<Resize> next = next(changes);
      reference.ports(IntStream.range(0, mostWorkers()).mapToObj(WorkerPort::defaultOf).toList());
      reference.configure(now);
      byte[] packet = new byte[trace.maxLength()];
      for (int i = 0; i < trace.size(); i++) {
        while (next.isPresent() && next.get().packet() == i) {
          now = now.next(now.depth(), next.get().workers());
          reference.configure(now);
          next = next(changes);
        }
        outcomes.add(
            reference.process(
                packet, trace.copyTo(i, packet), trace.timestampNs(i), (port, f, n) -> {}));
      }
    }
    return outcomes;
  }

  private static Optional<Resize> next(Iterator<Resize> changes) {
    return changes.hasNext() ? Optional.of(changes.next()) : Optional.empty();
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
