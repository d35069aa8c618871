package dev.scr.controlplane.sequencer;

/** What pushing a pipeline came to. */
public enum PushOutcome {
  /** The switch has had this very pipeline; nothing was sent. */
  UNCHANGED,
  /** The switch had none. */
  PUSHED,
  /** The switch had another one; what state fitted was kept. */
  RECONCILED,
  /** The switch had another one, and all its state is gone. */
  REPLACED
}
