package dev.scr.hosts.run;

import dev.scr.ebpf.machine.Engine;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.program.SequentialProgram;
import dev.scr.hosts.program.Verdict;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.worker.Delivery;
import dev.scr.hosts.worker.Faults;
import dev.scr.hosts.worker.Loss;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.hosts.worker.WorkerGroup;
import dev.scr.hosts.worker.WorkerLog;
import dev.scr.hosts.worker.WorkerResult;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A program run over a trace.
 *
 * @param verdicts of each packet; empty where a packet has none, because its frame was lost
 * @param state after the last packet, sorted by key
 */
public record Replay(List<Optional<Verdict>> verdicts, List<MapEntry> state) {
  public Replay {
    verdicts = List.copyOf(verdicts);
    state = List.copyOf(state);
  }

  /** The sequential program over a trace. */
  public static Replay sequential(ProgramObject object, Engine engine, Trace trace) {
    List<Optional<Verdict>> verdicts = new ArrayList<>(trace.size());
    try (SequentialProgram program = new SequentialProgram(object, engine)) {
      byte[] packet = new byte[trace.maxLength()];
      for (int i = 0; i < trace.size(); i++) {
        verdicts.add(
            Optional.of(program.handle(packet, trace.copyTo(i, packet), trace.timestampNs(i))));
      }
      return new Replay(verdicts, program.state());
    }
  }

  /**
   * Workers behind the reference sequencer.
   *
   * @param outcomes what the sequencer did with each packet
   * @param workers what each worker did
   */
  public record Replicated(List<Outcome> outcomes, List<WorkerResult> workers) {
    public Replicated {
      outcomes = List.copyOf(outcomes);
      workers = List.copyOf(workers);
    }

    /** By packet of the trace. The state is the replica's that has seen most. */
    public Replay byPacket() {
      List<Optional<Verdict>> verdicts = new ArrayList<>(outcomes.size());
      int[] packetOf = new int[outcomes.size()];
      int sequenced = 0;
      for (int i = 0; i < outcomes.size(); i++) {
        switch (outcomes.get(i)) {
          case SEQUENCED -> {
            packetOf[sequenced++] = i;
            verdicts.add(Optional.empty());
          }
          case PASSED_THROUGH -> verdicts.add(Optional.of(Verdict.PASS));
          case DROPPED_MALFORMED, DROPPED_OVERSIZED, DROPPED_UNMAPPED ->
              verdicts.add(Optional.of(Verdict.DROP));
        }
      }
      for (WorkerResult worker : workers) {
        WorkerLog log = worker.log();
        for (int frame = 0; frame < log.size(); frame++) {
          verdicts.set(packetOf[log.sequence(frame) - 1], Optional.of(log.verdict(frame)));
        }
      }
      return new Replay(verdicts, newest(workers));
    }

    private static List<MapEntry> newest(List<WorkerResult> workers) {
      return workers.stream()
          .max(Comparator.comparingInt(worker -> worker.progress().applied()))
          .map(WorkerResult::state)
          .orElse(List.of());
    }
  }

  /** State-compute replication over a trace, without recovery of losses. */
  public static Replicated scr(
      ProgramObject object,
      ReplicaEngine engine,
      Trace trace,
      SequencerSettings settings,
      Loss loss)
      throws InterruptedException {
    return scr(object, engine, trace, settings, new Delivery(Faults.of(loss), Optional.empty()));
  }

  /** State-compute replication over a trace, behind the reference sequencer. */
  public static Replicated scr(
      ProgramObject object,
      ReplicaEngine engine,
      Trace trace,
      SequencerSettings settings,
      Delivery delivery)
      throws InterruptedException {
    List<WorkerPort> ports =
        IntStream.range(0, settings.workers()).mapToObj(WorkerPort::defaultOf).toList();
    List<Outcome> outcomes = new ArrayList<>(trace.size());
    try (MetadataExtraction extraction = new MetadataExtraction(object, engine.machine());
        WorkerGroup workers = delivery.start(object, engine, ports, ports.size())) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(object.program()), extraction);
      sequencer.ports(ports);
      sequencer.configure(settings);
      byte[] packet = new byte[trace.maxLength()];
      for (int i = 0; i < trace.size(); i++) {
        int length = trace.copyTo(i, packet);
        outcomes.add(sequencer.process(packet, length, trace.timestampNs(i), workers));
      }
      return new Replicated(outcomes, workers.finish());
    }
  }
}
