package dev.scr.hosts.bench;

import dev.scr.pipeline.PacketProgram;
import java.util.List;

/**
 * What to measure of loss recovery.
 *
 * @param program the packet program
 * @param workers threads, each with a replica
 * @param flows of the Zipf trace
 * @param rounds each with a trace and replicas of its own: compiled code is luckier in one than in
 *     another
 * @param slices pieces of a trace; each runs under every condition, in turn
 * @param frames of a slice that go to each worker
 * @param losses shares of the frames that are lost, 0 to 1, each a condition of its own
 * @param seed of trace, losses and order
 */
public record RecoveryPlan(
    PacketProgram program,
    int workers,
    int flows,
    int rounds,
    int slices,
    int frames,
    List<Double> losses,
    long seed) {
  public RecoveryPlan {
    losses = List.copyOf(losses);
  }

  /** Packets of a slice. */
  public int packets() {
    return frames * workers;
  }
}
