package dev.scr.softswitch.packet;

import java.util.EnumMap;
import java.util.Map;

/** How often each {@link Event} happened. Guarded by the switch's lock. */
public final class EventCounters {

  private static final class Count {
    long value;
  }

  private final Map<Event, Count> counts = new EnumMap<>(Event.class);

  /** Starts at zero. */
  public EventCounters() {
    for (Event event : Event.values()) {
      counts.put(event, new Count());
    }
  }

  /** Counts an event. */
  public void count(Event event) {
    Count count = counts.get(event);
    if (count != null) {
      count.value++;
    }
  }

  /** All counts, in a copy. */
  public Map<Event, Long> snapshot() {
    Map<Event, Long> copy = new EnumMap<>(Event.class);
    counts.forEach((event, count) -> copy.put(event, count.value));
    return copy;
  }
}
