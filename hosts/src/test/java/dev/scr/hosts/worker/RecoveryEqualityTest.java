package dev.scr.hosts.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.scr.hosts.Seeds;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.PlantedGroup;
import dev.scr.hosts.run.ReplicationReport;
import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.pipeline.PacketProgram;
import dev.scr.pipeline.SequencerSettings;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * With recovery, whatever is lost, doubled, reordered or crashes: verdicts and states are those of
 * the sequential program without the packets that no worker received.
 */
class RecoveryEqualityTest {
  @ParameterizedTest
  @EnumSource
  void replicasEqualTheSequentialProgram(PacketProgram program) {
    ProgramObject object = ProgramObject.of(program);
    long[] sums = new long[7];
    Seeds.forAll(seed -> {
      RecoverySimulation simulation = RecoverySimulation.random(object, seed);
      ReplicationReport report = simulation.run();
      assertTrue(report.equal(), report.toString());
      assertEquals(0, report.missed(), report.toString());
      sums[0] += report.handled();
      sums[1] += report.lost();
      sums[2] += report.fromPeers();
      sums[3] += report.leftOut();
      sums[4] += report.joins();
      sums[5] += simulation.statedAhead();
      sums[6] += simulation.commands();
    });
    System.out.printf(
        "%s: %d verdicts, %d packets without, %d updates from peers, %d packets in no state, %d states copied, %d frames stated ahead, %d commands%n",
        program.programName(), sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6]);
  }

  /**
   * Where a ring is too short, a replica that cannot know copies a state; and if no state is left
   * that is whole, it says what it missed.
   */
  @Test
  void shortRingsAreNoticed() {
    ProgramObject object = ProgramObject.of(PacketProgram.DDOS);
    long[] sums = new long[3];
    Seeds.forAll(seed -> {
      int entries = 1 << (4 + new SplittableRandom(seed).nextInt(4));
      ReplicationReport report = RecoverySimulation.busy(object, seed).ring(entries).run();
      assertTrue(report.equal() || report.missed() > 0, report.toString());
      sums[0] += report.missed() > 0 ? 1 : 0;
      sums[1] += report.joins();
      sums[2]++;
    });
    System.out.printf(
        "short rings: %d of %d runs say that a replica missed something; %d states copied%n",
        sums[0], sums[2], sums[1]);
  }

  @Test
  void aPlantedRashDecisionIsNoticed() {
    assertNoticed("a decision without all peers", 1024, PlantedGroup::impatient);
  }

  @Test
  void aPlantedForgottenCheckOfTheRingIsNoticed() {
    assertNoticed("no check whether the ring was written over", 16, PlantedGroup::forgetful);
  }

  @Test
  void aPlantedWorkerThatIsNotBoundByWhatWasSaidForItIsNoticed() {
    assertNoticed("not bound by what was said for it", 1024, PlantedGroup::unbound);
  }

  /** In some run; how many it takes depends on how rare the situation is in which it matters. */
  private static void assertNoticed(String fault, int ring, RecoverySimulation.Groups groups) {
    ProgramObject object = ProgramObject.of(PacketProgram.DDOS);
    for (long seed = 1; seed <= 2_000; seed++) {
      ReplicationReport report =
          RecoverySimulation.busy(object, seed).ring(ring).groups(groups).run();
      if (!report.equal() && report.missed() == 0) {
        System.out.println(fault + ": noticed in run " + seed);
        return;
      }
    }
    fail("nobody notices " + fault);
  }

  @ParameterizedTest
  @EnumSource
  void everyEngineRecovers(ReplicaEngine engine) {
    boolean kernel = engine == ReplicaEngine.KERNEL;
    assumeTrue(
        !kernel || Feature.TEST_RUN.probe() instanceof Probe.Available,
        () -> "BPF_PROG_TEST_RUN: " + Feature.TEST_RUN.probe());
    for (PacketProgram program : PacketProgram.values()) {
      ProgramObject object = ProgramObject.of(program);
      Seeds.forAll(
          kernel ? 1 : 5,
          seed -> {
            RecoverySimulation simulation = RecoverySimulation.busy(object, seed).engine(engine);
            if (kernel) {
              simulation.workers(3, 3); // the verifier takes its time for each replica
            }
            ReplicationReport report = simulation.run();
            assertTrue(report.equal(), report.toString());
            assertEquals(0, report.missed(), report.toString());
          });
    }
  }

  /**
   * Nothing is lost: history brings what a late frame should have, and its verdict is remembered.
   */
  @Test
  void lateFramesHaveTheirVerdict() {
    ProgramObject object = ProgramObject.of(PacketProgram.PORTKNOCK);
    Seeds.forAll(
        50,
        seed -> {
          int workers = 1 + new SplittableRandom(seed).nextInt(16);
          int depth = SequencerSettings.depthFor(workers) + 8;
          ReplicationReport report =
              RecoverySimulation.busy(object, seed)
                  .workers(workers, depth)
                  .faults(new Faults(Loss.none(), depth, 0.1, 0, seed))
                  .run();
          assertTrue(report.equal(), report.toString());
          assertEquals(0, report.lost(), report.toString());
          assertEquals(0, report.leftOut(), report.toString());
        });
  }

  /** A single worker has nobody to ask, and does not wait for anybody. */
  @Test
  void aSingleWorkerLeavesOutWhatIsLost() {
    ProgramObject object = ProgramObject.of(PacketProgram.HEAVYHITTER);
    Seeds.forAll(
        20,
        seed -> {
          ReplicationReport report =
              RecoverySimulation.busy(object, seed)
                  .workers(1, 0)
                  .faults(Faults.of(Loss.random(0.05, seed)))
                  .run();
          assertTrue(report.equal(), report.toString());
          assertTrue(report.lost() - report.leftOut() <= 1, "only the last frames are not noticed");
          assertTrue(report.leftOut() > 0);
        });
  }
}
