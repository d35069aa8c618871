package dev.scr.hosts.bench;

import java.util.List;

/** What samples and trials are taken from: the {@link Team} on its cores. */
interface Sampling {
  /** All at once, each as fast as it can; those who are done go on until all are. */
  Team.Sample saturate(List<WorkerLoop> workers, List<Lane> lanes, int packets)
      throws InterruptedException;

  /** Whether something else, here or on the same host, had a part of a worker's core. */
  boolean disturbed(Team.Sample sample);

  /** What workers have lost at a rate of all of them together. */
  Team.Trial offer(
      List<WorkerLoop> workers, List<Lane> lanes, double packetsPerSecond, int milliseconds)
      throws InterruptedException;
}
