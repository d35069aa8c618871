package dev.scr.controlplane.reconcile;

import dev.scr.controlplane.sequencer.Plan;
import dev.scr.controlplane.sequencer.PresentState;
import dev.scr.controlplane.session.Primacy;
import java.time.Duration;

/** Something that whoever runs a {@link Reconciler} may want to know. */
public sealed interface ReconcileEvent {

  /**
   * The switch answers.
   *
   * @param apiVersion of P4Runtime, as it says
   */
  record Connected(String apiVersion) implements ReconcileEvent {}

  /**
   * What this controller may do has changed.
   *
   * @param primacy what it is now
   */
  record PrimacyChanged(Primacy primacy) implements ReconcileEvent {}

  /**
   * The switch was not as it should be, and is now.
   *
   * @param before what it was
   * @param plan what was done about it
   */
  record Applied(PresentState before, Plan plan) implements ReconcileEvent {}

  /** The switch is as it should be: said once after each change of anything. */
  record InSync() implements ReconcileEvent {}

  /**
   * The switch is not as it should be and stays so, until something changes; said once.
   *
   * @param reason why
   */
  record Blocked(String reason) implements ReconcileEvent {}

  /**
   * The switch is out of reach.
   *
   * @param reason why
   * @param retryIn when it is tried again
   */
  record Lost(String reason, Duration retryIn) implements ReconcileEvent {}
}
