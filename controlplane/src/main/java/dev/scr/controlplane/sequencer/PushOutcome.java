package dev.scr.controlplane.sequencer;

/** What pushing a pipeline came to. */
public enum PushOutcome {
  /** The switch has had this very pipeline; nothing was sent. */
  UNCHANGED,
  /** The switch had none. */
  PUSHED,
  /**
   * The switch had another one; settings and ports are carried over, history and counters are gone.
   */
  REPLACED
}
