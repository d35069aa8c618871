package dev.scr.hosts.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.Seeds;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoverySettings;
import dev.scr.hosts.run.ReplicationCheck;
import dev.scr.hosts.run.ReplicationReport;
import dev.scr.hosts.sequencer.MetadataExtraction;
import dev.scr.hosts.sequencer.Outcome;
import dev.scr.hosts.sequencer.ReferenceSequencer;
import dev.scr.hosts.trace.Trace;
import dev.scr.hosts.trace.TraceGenerator;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.trace.TraceSpec;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerPipeline;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Recovery between threads, as it is in the product. */
@Timeout(300)
class WorkerGroupTest {
  private static final int PLACES = 8;
  private static final RecoverySettings SETTINGS =
      new RecoverySettings(1 << 14, RecoverySettings.DEFAULT.patienceNs());

  private static final ProgramObject PROGRAM = ProgramObject.of(PacketProgram.PORTKNOCK);

  /** Changes the number of workers from time to time if it may. */
  private static ReplicationReport run(long seed, Faults faults, boolean changes) {
    SplittableRandom random = new SplittableRandom(seed);
    int workers = 2 + random.nextInt(4);
    Trace trace = TraceGenerator.generate(new TraceSpec(TraceKind.MIXED, 4_000, 50, 64, seed));
    List<Outcome> outcomes = new ArrayList<>();
    try (MetadataExtraction extraction =
            new MetadataExtraction(PROGRAM, ReplicaEngine.JVM.machine());
        WorkerGroup group =
            new WorkerGroup(PROGRAM, ReplicaEngine.JVM, ports(workers), faults, SETTINGS, PLACES)) {
      ReferenceSequencer sequencer =
          new ReferenceSequencer(SequencerPipeline.of(PROGRAM.program()), extraction);
      SequencerSettings settings =
          SequencerSettings.first(SequencerSettings.depthFor(changes ? PLACES : workers), workers);
      sequencer.ports(ports(PLACES));
      sequencer.configure(settings);
      for (int packet = 0; packet < trace.size(); packet++) {
        if (changes && packet % 500 == 499) {
          int wanted = 1 + random.nextInt(PLACES);
          for (int worker = workers; worker < wanted; worker++) {
            group.add(WorkerPort.defaultOf(worker));
          }
          settings = settings.next(settings.depth(), wanted);
          sequencer.configure(settings);
          for (int worker = wanted; worker < workers; worker++) {
            group.remove(WorkerPort.defaultOf(worker));
          }
          workers = wanted;
        }
        byte[] bytes = trace.bytes(packet);
        outcomes.add(sequencer.process(bytes, bytes.length, trace.timestampNs(packet), group));
      }
      return new ReplicationCheck(trace, outcomes, 0, group.finish())
          .run(PROGRAM, ReplicaEngine.JVM.machine());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<WorkerPort> ports(int workers) {
    return IntStream.range(0, workers).mapToObj(WorkerPort::defaultOf).toList();
  }

  @Test
  void lossesAreRecovered() {
    Seeds.forAll(
        10,
        seed -> {
          ReplicationReport report = run(seed, Faults.of(Loss.random(0.02, seed)), false);
          assertTrue(report.equal(), report.toString());
          assertTrue(report.fromPeers() > 0);
          assertEquals(0, report.missed());
        });
  }

  @Test
  void crashedWorkersComeBack() {
    long[] joins = new long[1];
    Seeds.forAll(
        10,
        seed -> {
          Faults faults = new Faults(Loss.bursts(0.02, 20, seed), 3, 0.01, 0.002, seed);
          ReplicationReport report = run(seed, faults, false);
          assertTrue(report.equal(), report.toString());
          assertEquals(0, report.missed());
          joins[0] += report.joins();
        });
    assertTrue(joins[0] > 0, "nobody crashed");
  }

  /** Nobody misses a packet while workers come and go. */
  @Test
  void workersComeAndGoWithoutAHit() {
    Seeds.forAll(
        10,
        seed -> {
          ReplicationReport report = run(seed, Faults.none(), true);
          assertTrue(report.equal(), report.toString());
          assertTrue(report.joins() > 0);
          assertEquals(0, report.lost(), report.toString());
          assertEquals(0, report.leftOut());
          assertEquals(0, report.missed());
        });
  }
}
