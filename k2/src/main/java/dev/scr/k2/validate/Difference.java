package dev.scr.k2.validate;

import java.util.List;

/**
 * Two programs that are not the same, and what shows it.
 *
 * @param place interpreter or kernel
 * @param what was expected and found: a verdict, a byte, an entry of a map
 * @param maps what all maps hold at the beginning
 * @param inputs to be run one after the other; the last one shows the difference
 */
public record Difference(String place, String what, MapEntries maps, List<Sample> inputs) {
  /** Copies the list. */
  public Difference {
    inputs = List.copyOf(inputs);
  }
}
