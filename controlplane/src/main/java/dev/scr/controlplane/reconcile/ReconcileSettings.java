package dev.scr.controlplane.reconcile;

import java.time.Duration;

/**
 * How a switch is kept.
 *
 * @param interval how often it is looked at while nothing happens
 * @param firstRetry wait before the first attempt to reach it again
 * @param lastRetry longest wait between attempts
 * @param force whether the depth may be too small for the workers
 * @param replace whether a pipeline that is no sequencer may be replaced
 * @param ownElectionId whether to come with the election id of the session's options; otherwise
 *     with one that nobody else has
 */
public record ReconcileSettings(
    Duration interval,
    Duration firstRetry,
    Duration lastRetry,
    boolean force,
    boolean replace,
    boolean ownElectionId) {

  /** Every 5 s; again after 0.25 s and up to 10 s; nothing forced. */
  public static final ReconcileSettings DEFAULT =
      new ReconcileSettings(
          Duration.ofSeconds(5),
          Duration.ofMillis(250),
          Duration.ofSeconds(10),
          false,
          false,
          false);
}
