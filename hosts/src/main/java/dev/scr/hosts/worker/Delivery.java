package dev.scr.hosts.worker;

import dev.scr.hosts.program.ProgramObject;
import dev.scr.hosts.recovery.RecoverySettings;
import dev.scr.pipeline.WorkerPort;
import java.util.Collection;
import java.util.Optional;

/**
 * How frames come to the workers.
 *
 * @param faults what goes wrong on purpose
 * @param recovery how losses are recovered, if they are
 */
public record Delivery(Faults faults, Optional<RecoverySettings> recovery) {
  /** Nothing goes wrong, and nothing is recovered. */
  public static final Delivery PLAIN = new Delivery(Faults.none(), Optional.empty());

  /**
   * Starts workers at ports.
   *
   * @param places the most workers that there will ever be
   */
  public WorkerGroup start(
      ProgramObject object, ReplicaEngine engine, Collection<WorkerPort> ports, int places) {
    return recovery
        .map(settings -> new WorkerGroup(object, engine, ports, faults, settings, places))
        .orElseGet(() -> new WorkerGroup(object, engine, ports, faults));
  }
}
