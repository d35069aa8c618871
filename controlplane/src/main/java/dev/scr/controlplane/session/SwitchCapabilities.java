package dev.scr.controlplane.session;

import java.util.Locale;

/**
 * What a switch can do, found out by asking.
 *
 * @param apiVersion of P4Runtime, as the switch says
 * @param registers reading registers
 * @param wildcardCounters reading all cells of all counters at once
 * @param rollback undoing a batch of which one update fails
 */
public record SwitchCapabilities(
    String apiVersion, Support registers, Support wildcardCounters, Support rollback) {

  /** What asking has shown. */
  public enum Support {
    YES,
    NO,
    /** The switch could not say, for want of a pipeline or of primacy. */
    UNKNOWN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
