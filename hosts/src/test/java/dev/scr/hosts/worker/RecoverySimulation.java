package dev.scr.hosts.worker;

import dev.scr.ebpf.machine.Engine;
import dev.scr.hosts.program.Commands;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.recovery.RecoverySettings;
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
import dev.scr.hosts.worker.RecoveringReplica.Step;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Workers that recover losses, on one thread, in a random interleaving that a seed makes again, on
 * a clock that counts steps. Everything that can go wrong does: losses, bursts, reordering,
 * duplicates, crashes, workers that hang until their peers have lost patience, rings that are too
 * short, changes of depth and of the number of workers; and any frame may be stated before it is
 * taken. Half of the runs have a controller's commands between the packets.
 */
final class RecoverySimulation {
  /** Makes the group; planted faults are in its subclasses. */
  @FunctionalInterface
  interface Groups {
    RecoveryGroup make(
        int places, int entryBytes, long start, RecoverySettings settings, LongSupplier clock);
  }

  /** Longer than any trace here, so that nothing is ever written over. */
  static final int LONG_RING = 1024;

  private static final int PLACES = 16;

  private final ProgramObject object;
  private final SplittableRandom random;
  private Trace trace;
  private BitSet fromController = new BitSet();
  private final List<Member> members = new ArrayList<>();
  private final List<Outcome> outcomes = new ArrayList<>();
  private int workers;
  private int depth;
  private int sequenceBefore;
  private boolean changes = true;
  private boolean hangs = true;
  private Faults faults;
  private RecoverySettings settings;
  private Groups groups = RecoveryGroup::new;
  private ReplicaEngine engine = ReplicaEngine.INTERPRETER;
  private long now;
  private long statedAhead;

  private RecoverySimulation(ProgramObject object, SplittableRandom random, Trace trace) {
    this.object = object;
    this.random = random;
    this.trace = trace;
    this.workers = 1 + random.nextInt(mostWorkers());
    this.depth = depthFor(workers);
    this.sequenceBefore = random.nextInt(4) == 0 ? -random.nextInt(300) : 0;
    long seed = random.nextLong();
    double rate = random.nextInt(4) == 0 ? 0 : random.nextDouble() * 0.05;
    Loss loss =
        random.nextBoolean()
            ? Loss.random(rate, seed)
            : Loss.bursts(rate, 1 + random.nextInt(50), seed);
    this.faults =
        new Faults(
            loss,
            random.nextBoolean() ? 0 : random.nextInt(depth + 1),
            random.nextBoolean() ? 0 : random.nextDouble() * 0.05,
            random.nextBoolean() ? 0 : random.nextDouble() * 0.02,
            seed);
    this.settings = new RecoverySettings(LONG_RING, 200 + random.nextInt(2_000));
  }

  /** Anything goes. */
  static RecoverySimulation random(ProgramObject object, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TraceKind[] kinds = TraceKind.values();
    RecoverySimulation simulation =
        new RecoverySimulation(
            object,
            random,
            TraceGenerator.generate(
                new TraceSpec(
                    kinds[random.nextInt(kinds.length)],
                    random.nextInt(600),
                    1 + random.nextInt(30),
                    64 + random.nextInt(200),
                    seed)));
    return random.nextBoolean() ? simulation.withCommands() : simulation;
  }

  /** A controller sends commands between the packets, and others try to. */
  private RecoverySimulation withCommands() {
    Commands commands = Commands.among(object, trace, random);
    trace = commands.trace();
    fromController = commands.fromController();
    return this;
  }

  /** Commands of the controller in the trace. */
  int commands() {
    return fromController.cardinality();
  }

  /** The same, over a trace that changes the state all the time. */
  static RecoverySimulation busy(ProgramObject object, long seed) {
    return new RecoverySimulation(
        object,
        new SplittableRandom(seed),
        TraceGenerator.generate(new TraceSpec(TraceKind.MIXED, 600, 12, 64, seed)));
  }

  RecoverySimulation workers(int number, int newDepth) {
    workers = number;
    depth = newDepth;
    changes = false;
    return this;
  }

  RecoverySimulation faults(Faults newFaults) {
    faults = newFaults;
    hangs = false;
    return this;
  }

  RecoverySimulation ring(int entries) {
    settings = new RecoverySettings(entries, settings.patienceNs());
    return this;
  }

  RecoverySimulation groups(Groups newGroups) {
    groups = newGroups;
    return this;
  }

  RecoverySimulation engine(ReplicaEngine newEngine) {
    engine = newEngine;
    return this;
  }

  /** One worker and the frames on their way to it. */
  private final class Member {
    final int place;
    final RecoveringReplica replica;
    final List<byte[]> received = new ArrayList<>();
    final WorkerLog log = new WorkerLog();
    final BooleanSupplier crashes;
    byte @Nullable [] frame;
    int taken;
    int stated;
    long hangsUntil;
    boolean ended;

    Member(RecoveryGroup group, int place) {
      this.place = place;
      this.replica = new RecoveringReplica(object, engine, group, place);
      this.crashes = faults.crashes(place);
    }

    void receive(byte[] frame) {
      received.add(frame);
    }

    /** One step; whether there is nothing left to do. */
    boolean step() {
      if (now < hangsUntil) {
        return false;
      }
      if (hangs && random.nextInt(2_000) == 0) {
        hangsUntil = now + random.nextLong(2 * settings.patienceNs());
        return false;
      }
      if (stated < received.size() && random.nextInt(3) == 0) {
        byte[] later = received.get(stated);
        if (replica.stateAhead(later, later.length)) {
          stated++;
          statedAhead++;
        }
        return false;
      }
      byte[] current = frame;
      if (current == null) {
        if (taken == received.size()) {
          replica.idle();
          return true;
        }
        current = received.get(taken++);
        stated = Math.max(stated, taken);
        if (crashes.getAsBoolean() && replica.crash()) {
          return false;
        }
        replica.begin(current, current.length);
        frame = current;
      }
      Step step = replica.advance();
      if (step == Step.HANDLED) {
        log.append(replica.sequence(), replica.verdict(), 0);
      }
      if (step != Step.WAITING) {
        frame = null;
      }
      return false;
    }

    WorkerResult result() {
      return new WorkerResult(
          place, replica.replica().progress(), log, replica.replica().state(), replica.counts());
    }
  }

  /** Frames that were stated before they were taken. */
  long statedAhead() {
    return statedAhead;
  }

  ReplicationReport run() {
    RecoveryGroup made =
        groups.make(
            PLACES,
            object.program().slotBytes(),
            Integer.toUnsignedLong(sequenceBefore),
            settings,
            () -> now);
    try {
      for (int place = 0; place < workers; place++) {
        made.found(place);
        members.add(new Member(made, place));
      }
      sequence(made);
      settle(made);
      List<WorkerResult> results = members.stream().map(Member::result).toList();
      return new ReplicationCheck(trace, outcomes, sequenceBefore, results)
          .fromController(fromController)
          .run(object, Engine.INTERPRETER);
    } finally {
      members.forEach(member -> member.replica.close());
    }
  }

  private void sequence(RecoveryGroup made) {
    List<WorkerPort> ports = IntStream.range(0, PLACES).mapToObj(WorkerPort::defaultOf).toList();
    FaultyLink link =
        new FaultyLink(
            faults,
            (port, frame, length) ->
                members.get(port - WorkerPort.FIRST_PORT).receive(Arrays.copyOf(frame, length)));
    try (MetadataExtraction extraction = new MetadataExtraction(object, Engine.INTERPRETER)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(
              SequencerPipeline.of(object.program()),
              extraction,
              SequencerState.startingAfter(sequenceBefore));
      sequencer.ports(ports);
      SequencerSettings wanted = SequencerSettings.first(depth, workers);
      sequencer.configure(wanted);
      for (int packet = 0; packet < trace.size(); packet++) {
        if (changes && random.nextInt(60) == 0) {
          wanted = change(wanted, made);
          sequencer.configure(wanted);
        }
        byte[] bytes = trace.bytes(packet);
        long timestampNs = trace.timestampNs(packet);
        FrameSink sink =
            (port, frame, length) -> {
              if (port >= WorkerPort.FIRST_PORT) {
                link.frame(port, frame, length);
              }
            };
        outcomes.add(
            fromController.get(packet)
                ? sequencer.processFromController(bytes, bytes.length, timestampNs, sink)
                : sequencer.process(bytes, bytes.length, timestampNs, sink));
        for (int steps = random.nextInt(4); steps > 0; steps--) {
          step();
        }
      }
      link.flush();
    }
  }

  /** Another depth that is enough, and more or fewer workers; new ones come without a state. */
  private SequencerSettings change(SequencerSettings wanted, RecoveryGroup made) {
    int next = Math.clamp(wanted.workers() + random.nextInt(-2, 3), 1, mostWorkers());
    for (int place = members.size(); place < next; place++) {
      made.arrive(place);
      members.add(new Member(made, place));
    }
    return wanted.next(depthFor(next), next);
  }

  private int mostWorkers() {
    return Math.min(PLACES, object.program().maxDepth() + 1);
  }

  /** Enough, and up to three more. */
  private int depthFor(int number) {
    int wanted = SequencerSettings.depthFor(number) + random.nextInt(4);
    return Math.min(wanted, object.program().maxDepth());
  }

  private boolean step() {
    now++;
    return members.get(random.nextInt(members.size())).step();
  }

  /** Until everybody has handled the last frame. Every wait has an end, so that this has one. */
  private void settle(RecoveryGroup made) {
    long last = now + 2_000_000;
    while (!members.stream().allMatch(member -> member.ended)) {
      if (++now > last) {
        throw new AssertionError("somebody waits for ever");
      }
      Member member = members.get(random.nextInt(members.size()));
      if (member.ended) {
        member.replica.idle();
      } else if (member.step() && member.replica.settle()) {
        made.end(member.place);
        member.ended = true;
      }
    }
  }
}
