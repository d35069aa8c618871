package dev.scr.hosts.strategy;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a program is spread over cores, one row each. */
public enum Strategy {
  SCR("scr", "replicas behind a sequencer, packets sprayed round robin with history"),
  SEQUENTIAL("sequential", "one core, one state: the definition of what is right"),
  SHARED_ATOMIC(
      "shared-atomic", "one state for all cores, changed by atomic additions; packets sprayed"),
  SHARED_LOCK("shared-lock", "one state for all cores, a lock for each key; packets sprayed"),
  SHARDED("sharded", "a state for each core, a hash of the packet chooses the core (RSS)"),
  REBALANCED(
      "rss++", "sharded, and hash buckets move with their state from busy cores to idle ones");

  private final String strategyName;
  private final String meaning;

  Strategy(String strategyName, String meaning) {
    this.strategyName = strategyName;
    this.meaning = meaning;
  }

  /** The name that users type. */
  public String strategyName() {
    return strategyName;
  }

  /** The strategy in words. */
  public String meaning() {
    return meaning;
  }

  /** Whether a packet's place is decided by its key, so that one flow stays on one core. */
  public boolean isSharded() {
    return switch (this) {
      case SHARDED, REBALANCED -> true;
      case SCR, SEQUENTIAL, SHARED_ATOMIC, SHARED_LOCK -> false;
    };
  }

  /** The strategy of that name, if there is one. */
  public static Optional<Strategy> named(String name) {
    return Arrays.stream(values()).filter(s -> s.strategyName.equals(name)).findFirst();
  }

  /** All names, for messages. */
  public static String names() {
    return Arrays.stream(values()).map(Strategy::strategyName).collect(Collectors.joining(", "));
  }
}
