package dev.scr.softswitch.packet;

import java.util.EnumMap;
import java.util.Map;

/** How often each {@link Event} happened. Guarded by the switch's lock. */
public final class EventCounters {

  private final long[] counts = new long[Event.values().length];

  /** Starts at zero. */
  public EventCounters() {}

  /** Counts an event. */
  public void count(Event event) {
    counts[event.ordinal()]++;
  }

  /** How often an event happened. */
  public long get(Event event) {
    return counts[event.ordinal()];
  }

  /** All counts, in a copy. */
  public Map<Event, Long> snapshot() {
    Map<Event, Long> copy = new EnumMap<>(Event.class);
    for (Event event : Event.values()) {
      copy.put(event, counts[event.ordinal()]);
    }
    return copy;
  }
}
