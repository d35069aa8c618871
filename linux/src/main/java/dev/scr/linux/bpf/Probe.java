package dev.scr.linux.bpf;

/**
 * Whether the kernel has a feature. "Can't tell" is an answer of its own: to treat it as "no" would
 * blame the kernel for a lack of privileges.
 */
public sealed interface Probe {
  /** It was used just now and worked. */
  record Available() implements Probe {}

  /** The kernel is able to answer and doesn't have it. */
  record NotSupported(String reason) implements Probe {}

  /** Something else was in the way, and what helps. */
  record Inconclusive(String reason) implements Probe {}
}
