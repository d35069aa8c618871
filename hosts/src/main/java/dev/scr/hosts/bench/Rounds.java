package dev.scr.hosts.bench;

import dev.scr.hosts.bench.ThroughputPlan.Effort;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Measures contestants in rounds, each once in every round and in random order. Samples in which
 * something else had a part of a worker's core are taken again, and count only if there are not
 * enough others.
 */
final class Rounds {
  private static final int LONGEST_SAMPLE_PACKETS = 400_000;
  private static final int PAUSE_MS = 20;

  /** Nobody uses up more than this part of what is left of the patience. */
  private static final int PART_OF_PATIENCE = 6;

  private final Sampling team;
  private final Effort effort;
  private final Random random;
  private int samples;
  private int disturbed;
  private boolean crowded;
  private long patienceNs;

  /** Rounds that may wait for so long that something else leaves the cores. */
  Rounds(Sampling team, Effort effort, long patienceNs, Random random) {
    this.team = team;
    this.effort = effort;
    this.patienceNs = patienceNs;
    this.random = random;
  }

  /** What is left of the patience. */
  long patienceNs() {
    return patienceNs;
  }

  /** Samples that were taken. */
  int samples() {
    return samples;
  }

  /** How many of them were disturbed. */
  int disturbed() {
    return disturbed;
  }

  /** Whether somebody has too few undisturbed samples, so that disturbed ones count. */
  boolean crowded() {
    return crowded;
  }

  /** Fills the contestants' lists of samples. */
  void run(List<Contestant> contestants) throws InterruptedException {
    List<Contestant> order = new ArrayList<>(contestants);
    int[] packets = new int[contestants.size()];
    for (int i = 0; i < packets.length; i++) {
      packets[i] = packetsOfSample(contestants.get(i));
    }
    long waitsSince = 0;
    long most = patienceNs / PART_OF_PATIENCE;
    for (int round = 0; !order.isEmpty(); round++) {
      if (round == effort.rounds()) {
        waitsSince = System.nanoTime();
      } else if (round > effort.rounds() && System.nanoTime() - waitsSince > most) {
        break;
      }
      Collections.shuffle(order, random);
      for (Contestant c : order) {
        int count = packets[contestants.indexOf(c)];
        c.samples().add(team.saturate(c.loops(), c.lanes(), count));
      }
      if (round + 1 >= effort.rounds()) {
        order.removeIf(c -> undisturbed(c).size() >= effort.rounds());
        // Whoever it is may be gone after a while.
        Thread.sleep(order.isEmpty() ? 0 : PAUSE_MS);
      }
    }
    patienceNs -= waitsSince == 0 ? 0 : System.nanoTime() - waitsSince;
    contestants.forEach(this::keepUndisturbed);
  }

  private List<Team.Sample> undisturbed(Contestant c) {
    return c.samples().stream().filter(sample -> !team.disturbed(sample)).toList();
  }

  private void keepUndisturbed(Contestant c) {
    List<Team.Sample> kept = undisturbed(c);
    samples += c.samples().size();
    disturbed += c.samples().size() - kept.size();
    if (2 * kept.size() >= effort.rounds()) {
      c.samples().clear();
      c.samples().addAll(kept);
    } else {
      crowded = true;
    }
  }

  /** Packets that take the time of a sample, by the best of some short runs. */
  private int packetsOfSample(Contestant c) throws InterruptedException {
    double ns = Double.MAX_VALUE;
    for (int trial = 0; trial < 4; trial++) {
      ns = Math.min(ns, c.meanNs(team.saturate(c.loops(), c.lanes(), 32 * WorkerLoop.BATCH)));
    }
    return (int) Math.clamp(effort.sampleMs() * 1e6 / ns, 1_000, LONGEST_SAMPLE_PACKETS);
  }
}
