package dev.scr.hosts.sequencer;

/**
 * What a sequencer does with a packet; the rows of {@code docs/wire-format.md}, one counter each.
 */
public enum Outcome {
  SEQUENCED,
  PASSED_THROUGH,
  DROPPED_OVERSIZED,
  DROPPED_MALFORMED,
  DROPPED_UNMAPPED
}
