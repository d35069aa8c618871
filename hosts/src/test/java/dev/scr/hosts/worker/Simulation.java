package dev.scr.hosts.worker;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.program.Commands;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.run.ReplicationCheck;
import dev.scr.hosts.run.ReplicationReport;
import dev.scr.hosts.sequencer.FrameSink;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.sequencer.SequencerState;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import dev.scr.wire.HistoryView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Workers behind the reference sequencer on one thread, in a random interleaving that a seed makes
 * again.
 */
final class Simulation {
  private final ProgramObject object;
  private final String function;
  private final SplittableRandom random;
  private Trace trace;
  private BitSet fromController = new BitSet();
  private SequencerPipeline pipeline;
  private final int workers;
  private final boolean changes;
  private int depth;
  private int sequenceBefore;
  private Loss loss = Loss.none();
  private long lost;
  private ReplicaEngine engine = ReplicaEngine.INTERPRETER;
  private ProgramObject definition;

  private Simulation(
      ProgramObject object,
      String function,
      SplittableRandom random,
      Trace trace,
      int workers,
      boolean changes) {
    this.object = object;
    this.definition = object;
    this.function = function;
    this.random = random;
    this.trace = trace;
    this.workers = workers;
    this.depth = SequencerSettings.depthFor(workers);
    this.changes = changes;
    this.pipeline = SequencerPipeline.of(object.program());
  }

  /**
   * Anything goes: 1 to 16 workers, any depth that is enough, changes of the settings on the way.
   */
  static Simulation random(ProgramObject object, String function, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TraceKind[] kinds = TraceKind.values();
    Trace trace =
        TraceGenerator.generate(
            new TraceSpec(
                kinds[random.nextInt(kinds.length)],
                random.nextInt(600),
                1 + random.nextInt(30),
                64 + random.nextInt(200),
                seed));
    int workers = 1 + random.nextInt(Math.min(16, object.program().maxDepth() + 1));
    Simulation simulation = new Simulation(object, function, random, trace, workers, true);
    simulation.depth = simulation.deeper(workers, random.nextInt(4));
    if (random.nextInt(4) == 0) {
      simulation.startingAfter(-random.nextInt(300));
    }
    return random.nextBoolean() ? simulation.withCommands() : simulation;
  }

  /** A busy trace over few sources with knocks all the time, and settings that stay. */
  static Simulation busy(ProgramObject object, String function, long seed, int workers) {
    Trace trace = TraceGenerator.generate(new TraceSpec(TraceKind.MIXED, 600, 12, 64, seed));
    return new Simulation(object, function, new SplittableRandom(seed), trace, workers, false);
  }

  /** Through another sequencer than that of the program's row. */
  Simulation through(SequencerPipeline other) {
    pipeline = other;
    return this;
  }

  /** A controller sends commands between the packets, and others try to. */
  Simulation withCommands() {
    Commands commands = Commands.among(object, trace, random);
    trace = commands.trace();
    fromController = commands.fromController();
    return this;
  }

  /** Commands of the controller in the trace. */
  int commands() {
    return fromController.cardinality();
  }

  Simulation depth(int newDepth) {
    depth = newDepth;
    return this;
  }

  /** The sequencer gives the next number after this one first. */
  Simulation startingAfter(int sequence) {
    sequenceBefore = sequence;
    return this;
  }

  Simulation loss(Loss newLoss) {
    loss = newLoss;
    return this;
  }

  /** What runs the replicas; the sequential program is interpreted in any case. */
  Simulation engine(ReplicaEngine newEngine) {
    engine = newEngine;
    return this;
  }

  /** What the replicas are compared with: the sequential program of another object. */
  Simulation against(ProgramObject other) {
    definition = other;
    return this;
  }

  /** Packets without a verdict in the last run. */
  long lost() {
    return lost;
  }

  ReplicationReport run() {
    List<WorkerPort> ports = IntStream.range(0, workers).mapToObj(WorkerPort::defaultOf).toList();
    List<Deque<byte[]>> queues = new ArrayList<>();
    List<Replica> replicas = new ArrayList<>();
    List<WorkerLog> logs = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      queues.add(new ArrayDeque<>());
      replicas.add(engine.replica(object, function, sequenceBefore));
      logs.add(new WorkerLog());
    }
    List<Outcome> outcomes = sequence(ports, queues, replicas, logs);
    for (int worker = 0; worker < workers; worker++) {
      while (!queues.get(worker).isEmpty()) {
        step(queues.get(worker), replicas.get(worker), logs.get(worker));
      }
    }
    List<WorkerResult> results =
        IntStream.range(0, workers)
            .mapToObj(w ->
                new WorkerResult(
                    w, replicas.get(w).progress(), logs.get(w), replicas.get(w).state()))
            .toList();
    replicas.forEach(Replica::close);
    ReplicationReport report =
        new ReplicationCheck(trace, outcomes, sequenceBefore, results)
            .fromController(fromController)
            .run(definition, Engine.INTERPRETER);
    lost = report.lost();
    return report;
  }

  private List<Outcome> sequence(
      List<WorkerPort> ports,
      List<Deque<byte[]>> queues,
      List<Replica> replicas,
      List<WorkerLog> logs) {
    List<Outcome> outcomes = new ArrayList<>();
    try (MetadataExtraction extraction = new MetadataExtraction(definition, Engine.INTERPRETER)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(
              pipeline, extraction, SequencerState.startingAfter(sequenceBefore));
      sequencer.ports(ports);
      SequencerSettings settings = SequencerSettings.first(depth, workers);
      sequencer.configure(settings);
      for (int packet = 0; packet < trace.size(); packet++) {
        if (changes && random.nextInt(50) == 0) {
          settings = change(settings);
          sequencer.configure(settings);
        }
        FrameSink sink =
            (port, frame, length) -> {
              if (port >= WorkerPort.FIRST_PORT && !loss.losesNext()) {
                queues.get(port - WorkerPort.FIRST_PORT).add(Arrays.copyOf(frame, length));
              }
            };
        outcomes.add(process(sequencer, packet, sink));
        int worker = random.nextInt(workers);
        if (random.nextBoolean() && !queues.get(worker).isEmpty()) {
          step(queues.get(worker), replicas.get(worker), logs.get(worker));
        }
      }
    }
    return outcomes;
  }

  private Outcome process(ReferenceSequencer sequencer, int packet, FrameSink sink) {
    byte[] bytes = trace.bytes(packet);
    long timestampNs = trace.timestampNs(packet);
    return fromController.get(packet)
        ? sequencer.processFromController(bytes, bytes.length, timestampNs, sink)
        : sequencer.process(bytes, bytes.length, timestampNs, sink);
  }

  /** Another depth that is enough, and fewer workers at times; new ones would need a snapshot. */
  private SequencerSettings change(SequencerSettings settings) {
    int fewer = settings.workers() - (random.nextInt(3) == 0 ? 1 : 0);
    int newWorkers = Math.max(1, fewer);
    return settings.next(deeper(newWorkers, random.nextInt(6)), newWorkers);
  }

  /** More depth than workers need, as far as the program's sequencer has it. */
  private int deeper(int forWorkers, int by) {
    return Math.min(SequencerSettings.depthFor(forWorkers) + by, object.program().maxDepth());
  }

  private static void step(Deque<byte[]> queue, Replica replica, WorkerLog log) {
    byte[] frame = queue.remove();
    long missed = replica.missed();
    long unhandled = replica.unhandled();
    int returned = replica.handle(frame, frame.length);
    if (replica.unhandled() == unhandled) {
      int sequence = new HistoryView().wrap(frame, frame.length).sequence();
      log.append(sequence, returned, (int) (replica.missed() - missed));
    }
  }
}
