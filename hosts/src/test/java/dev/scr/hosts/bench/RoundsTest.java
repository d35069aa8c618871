package dev.scr.hosts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.hosts.bench.ThroughputPlan.Effort;
import dev.scr.hosts.strategy.Strategy;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static final Effort EFFORT = new Effort(512, 5, 1, 50, 5, 6, 0);
  private static final double QUIET_NS = 30;
  private static final double DISTURBED_NS = 50;

  /** A machine on which some samples and trials are disturbed, by their number. */
  private static final class Machine implements Sampling {
    private final IntPredicate disturbs;
    private int number;

    Machine(IntPredicate disturbs) {
      this.disturbs = disturbs;
    }

    @Override
    public Team.Sample saturate(List<WorkerLoop> workers, List<Lane> lanes, int packets) {
      double ns = disturbs.test(number++) ? DISTURBED_NS : QUIET_NS;
      return new Team.Sample(new double[] {ns}, new double[] {ns}, new double[] {ns});
    }

    @Override
    public boolean disturbed(Team.Sample sample) {
      return sample.yardstick()[0] > QUIET_NS;
    }

    /** Takes a million packets a second, and loses something if it is disturbed. */
    @Override
    public Team.Trial offer(
        List<WorkerLoop> workers, List<Lane> lanes, double packetsPerSecond, int milliseconds) {
      boolean disturbed = disturbs.test(number++);
      long lost = disturbed || packetsPerSecond > 1e6 ? 1 : 0;
      return new Team.Trial(1_000, lost, disturbed);
    }
  }

  private static Contestant contestant() {
    Lane.Builder lane = new Lane.Builder(1);
    lane.add(new byte[64], 0, 0);
    return Contestant.of(
        Contestant.Role.TOGETHER, Strategy.SCR, 1, List.of(), List.of(lane.build(1)));
  }

  private static Rounds rounds(Sampling machine, long patienceNs) {
    return new Rounds(machine, EFFORT, patienceNs, new Random(1));
  }

  @Test
  void disturbedSamplesAreTakenAgainAndDoNotCount() throws InterruptedException {
    // The first four find out how long a sample is; every other one after them is disturbed.
    Contestant one = contestant();
    Rounds rounds = rounds(new Machine(number -> number > 4 && number % 2 == 0), 60_000_000_000L);
    rounds.run(List.of(one));
    assertEquals(EFFORT.rounds(), one.samples().size());
    assertEquals(QUIET_NS, one.nsPerPacket());
    assertTrue(one.samples().stream().allMatch(s -> s.processor()[0] == QUIET_NS));
    assertEquals(3, rounds.disturbed());
    assertEquals(rounds.disturbed() + EFFORT.rounds(), rounds.samples());
    assertFalse(rounds.crowded());
  }

  @Test
  void whoIsNeverAloneCountsAndIsSaidToBeCrowded() throws InterruptedException {
    Contestant one = contestant();
    Rounds rounds = rounds(new Machine(_ -> true), 0);
    rounds.run(List.of(one));
    assertTrue(rounds.crowded());
    assertEquals(DISTURBED_NS, one.nsPerPacket());
    assertTrue(one.samples().size() >= EFFORT.rounds());
  }

  @Test
  void aQuietMachineIsNotWaitedFor() throws InterruptedException {
    Contestant one = contestant();
    Rounds rounds = rounds(new Machine(_ -> false), 0);
    rounds.run(List.of(one));
    assertEquals(EFFORT.rounds(), rounds.samples());
    assertEquals(0, rounds.disturbed());
    assertFalse(rounds.crowded());
  }

  @Test
  void aDisturbedTrialDoesNotLowerTheLossFreeRate() throws InterruptedException {
    Double quiet = LossFreeRate.search(new Machine(_ -> false), contestant(), 2e6, EFFORT);
    Double disturbed =
        LossFreeRate.search(new Machine(number -> number % 3 != 2), contestant(), 2e6, EFFORT);
    assertNotNull(quiet);
    assertTrue(quiet > 0.9e6 && quiet <= 1e6, "found " + quiet);
    assertEquals(quiet, disturbed);
    assertNull(LossFreeRate.search(new Machine(_ -> true), contestant(), 2e6, EFFORT));
  }
}
