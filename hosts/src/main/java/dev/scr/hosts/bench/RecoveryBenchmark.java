package dev.scr.hosts.bench;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoveryGroup;
import dev.scr.hosts.recovery.RecoverySettings;
import dev.scr.hosts.run.ReplicationCheck;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.hosts.worker.WorkerResult;
import dev.scr.linux.machine.Cpus;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Throughput with and without loss recovery, in memory: workers on threads of their own handle
 * frames that were sequenced before. One long trace is cut into slices, and each slice runs without
 * recovery, with it, and with it and losses, in an order that turns; so that all see the same
 * packets, the same warm code and much the same noise. Only ratios within a slice are compared. No
 * log is overrun: its ring holds a slice at least, as it holds what full queues do elsewhere.
 */
public final class RecoveryBenchmark {
  /** Slices of these many frames of a worker are the longest that its log's ring holds. */
  public static final int MOST_FRAMES = 1 << 13;

  private static final int WARM_UP_SLICES = 8;
  private static final int NAP_MS = 5;
  private static final int MOST_NAPS = 200;

  private final RecoveryPlan plan;
  private final List<Integer> cpus;
  private final ProgramObject object;
  private final Trace trace;
  private final SplittableRandom random;

  private RecoveryBenchmark(RecoveryPlan plan, List<Integer> cpus, long seed) {
    this.plan = plan;
    this.cpus = cpus;
    this.object = ProgramObject.of(plan.program());
    int packets = (plan.slices() + WARM_UP_SLICES) * plan.packets();
    this.trace =
        TraceGenerator.generate(new TraceSpec(TraceKind.ZIPF, packets, plan.flows(), 64, seed));
    this.random = new SplittableRandom(seed);
  }

  /**
   * Measures.
   *
   * @param progress is told the number of each round that is done
   */
  public static RecoveryFindings run(RecoveryPlan plan, IntConsumer progress)
      throws InterruptedException {
    List<Integer> cpus = PhysicalCores.find(Cpus.usable()).cpus();
    List<RecoveryFindings> rounds = new ArrayList<>();
    for (int round = 0; round < plan.rounds(); round++) {
      rounds.add(new RecoveryBenchmark(plan, cpus, plan.seed() + round).round());
      progress.accept(round);
    }
    return RecoveryFindings.together(rounds);
  }

  private RecoveryFindings round() throws InterruptedException {
    List<RecoveryArm> arms = new ArrayList<>();
    try (MetadataExtraction extraction =
        new MetadataExtraction(object, ReplicaEngine.JVM.machine())) {
      arms.add(RecoveryArm.off(object, plan.workers(), cpus));
      for (int i = 0; i <= plan.losses().size(); i++) {
        arms.add(RecoveryArm.on(object, plan.workers(), cpus, group()));
      }
      ReferenceSequencer sequencer = sequencer(extraction);
      for (int slice = 0; slice < plan.slices() + WARM_UP_SLICES; slice++) {
        List<List<byte[]>> frames = sequence(sequencer, slice);
        awaitCompilers();
        run(slice, arms, frames);
      }
      return findings(arms);
    } finally {
      arms.forEach(RecoveryArm::close);
    }
  }

  /** Half-compiled programs would be compared with whole ones. */
  private static void awaitCompilers() throws InterruptedException {
    for (int nap = 0; nap < MOST_NAPS && CompilerQueue.holdsPrograms(); nap++) {
      Thread.sleep(NAP_MS);
    }
  }

  private RecoveryGroup group() {
    return new RecoveryGroup(
        plan.workers(),
        plan.program().slotBytes(),
        0,
        RecoverySettings.forWorkers(plan.workers()),
        System::nanoTime);
  }

  private ReferenceSequencer sequencer(MetadataExtraction extraction) {
    ReferenceSequencer sequencer =
        new ReferenceSequencer(SequencerPipeline.of(plan.program()), extraction);
    sequencer.ports(IntStream.range(0, plan.workers()).mapToObj(WorkerPort::defaultOf).toList());
    sequencer.configure(
        SequencerSettings.first(SequencerSettings.depthFor(plan.workers()), plan.workers()));
    return sequencer;
  }

  private void run(int slice, List<RecoveryArm> arms, List<List<byte[]>> frames)
      throws InterruptedException {
    for (int turn = 0; turn < arms.size(); turn++) {
      int arm = (slice + turn) % arms.size();
      double loss = arm < 2 ? 0 : plan.losses().get(arm - 2);
      arms.get(arm)
          .run(afterLoss(frames, loss, arms.get(arm)), plan.packets(), slice >= WARM_UP_SLICES);
    }
  }

  /** Frames of a slice by worker, in order; every packet is one that the program looks at. */
  private List<List<byte[]>> sequence(ReferenceSequencer sequencer, int slice) {
    List<List<byte[]>> byWorker =
        IntStream.range(0, plan.workers()).<List<byte[]>>mapToObj(_ -> new ArrayList<>()).toList();
    byte[] packet = new byte[trace.maxLength()];
    for (int i = slice * plan.packets(); i < (slice + 1) * plan.packets(); i++) {
      Outcome outcome =
          sequencer.process(
              packet,
              trace.copyTo(i, packet),
              trace.timestampNs(i),
              (port, frame, length) ->
                  byWorker.get(port - WorkerPort.FIRST_PORT).add(Arrays.copyOf(frame, length)));
      if (outcome != Outcome.SEQUENCED) {
        throw new IllegalStateException("packet " + i + ": expected SEQUENCED, found " + outcome);
      }
    }
    return byWorker;
  }

  /** Nothing at the end of a slice is lost, so that nobody waits for the next one. */
  private List<byte[][]> afterLoss(List<List<byte[]>> frames, double loss, RecoveryArm arm) {
    List<byte[][]> received = new ArrayList<>();
    for (List<byte[]> own : frames) {
      List<byte[]> kept = new ArrayList<>();
      for (int place = 0; place < own.size(); place++) {
        if (place < own.size() - 4 && random.nextDouble() < loss) {
          arm.countLost();
        } else {
          kept.add(own.get(place));
        }
      }
      received.add(kept.toArray(byte[][]::new));
    }
    return received;
  }

  private RecoveryFindings findings(List<RecoveryArm> arms) throws InterruptedException {
    List<RecoveryFindings.Lossy> lossy = new ArrayList<>();
    for (int i = 0; i < plan.losses().size(); i++) {
      RecoveryArm arm = arms.get(i + 2);
      lossy.add(arm.findings(plan.losses().get(i), equal(arm.results())));
    }
    boolean equal = equal(arms.get(0).results()) && equal(arms.get(1).results());
    return new RecoveryFindings(plan, arms.get(0).series(), arms.get(1).series(), lossy, equal);
  }

  private boolean equal(List<WorkerResult> workers) {
    List<Outcome> outcomes = Collections.nCopies(trace.size(), Outcome.SEQUENCED);
    return new ReplicationCheck(trace, outcomes, 0, workers)
        .run(object, ReplicaEngine.JVM.machine())
        .equal();
  }
}
