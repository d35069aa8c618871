package dev.scr.ebpf.map;

import dev.scr.ebpf.object.MapSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Events from programs to Java code, {@code bpf_perf_event_output}. Kept on the heap: it is for
 * debugging, not for the fast path.
 */
public final class PerfEventArrayMap extends KeylessMap {
  private static final int MAX_EVENTS = 1 << 16;

  private final List<byte[]> events = new ArrayList<>();

  PerfEventArrayMap(MapSpec spec, Arena arena) {
    super(spec, arena);
  }

  /** Adds an event; an error if nobody has taken the last 65,536 ones. */
  public long add(byte[] event) {
    if (events.size() >= MAX_EVENTS) {
      return Errno.ENOSPC;
    }
    events.add(event.clone());
    return Errno.OK;
  }

  /** Takes the events, oldest first. */
  public List<byte[]> drain() {
    List<byte[]> taken = List.copyOf(events);
    events.clear();
    return taken;
  }
}
