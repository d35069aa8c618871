package dev.scr.cli;

import dev.scr.hosts.recovery.RecoverySettings;
import dev.scr.hosts.worker.Delivery;
import dev.scr.hosts.worker.Faults;
import dev.scr.hosts.worker.Loss;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What goes wrong between sequencer and workers, and whether it is put right. */
final class DeliveryOptions {
  @Option(
      names = "--loss",
      paramLabel = "RATE",
      description =
          "Lose this share of the frames between switch and workers, 0 to 1 (default: 0). Depth beyond"
              + " workers - 1 makes up for it, or --recovery.")
  private double loss;

  @Option(
      names = "--loss-burst",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Lose runs of 1 to N frames, as often as --loss says in all (default: 1).")
  private int burst = 1;

  @Option(
      names = "--reorder",
      paramLabel = "N",
      converter = Options.Count.class,
      description = "Let each frame come up to N frames late (default: 0).")
  private int reorder;

  @Option(
      names = "--duplicate",
      paramLabel = "RATE",
      description = "Let this share of the frames come twice, 0 to 1 (default: 0).")
  private double duplicate;

  @Option(
      names = "--crash",
      paramLabel = "RATE",
      description =
          "Before each of its frames, let a worker lose its state and that frame with this probability;"
              + " it copies a peer's state then. Needs --recovery (default: 0).")
  private double crash;

  @Option(
      names = "--recovery",
      description =
          "Workers recover from each other what no frame brought them, so that a packet is in all"
              + " replicas or in none (default: off). See docs/loss-recovery.md.")
  private boolean recovery;

  /**
   * The delivery, or why there can be none; asked for before anything starts.
   *
   * @param workers the most that there will ever be
   */
  Delivery delivery(int workers, long seed) {
    if (crash > 0 && !recovery) {
      throw CommandFailure.badInput(
          "--crash: expected --recovery, by which a worker gets a state again; found none");
    }
    return new Delivery(
        faults(seed),
        recovery ? Optional.of(RecoverySettings.forWorkers(workers)) : Optional.empty());
  }

  private Faults faults(long seed) {
    try {
      Loss losses = loss == 0 ? Loss.none() : Loss.bursts(loss, burst, seed);
      return new Faults(losses, reorder, duplicate, crash, seed);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.badInput(
          "--loss, --loss-burst, --reorder, --duplicate, --crash: " + e.getMessage());
    }
  }

  /** Whether nothing of it was asked for. */
  boolean isPlain() {
    return loss == 0 && reorder == 0 && duplicate == 0 && crash == 0 && !recovery;
  }

  boolean isRecovery() {
    return recovery;
  }
}
