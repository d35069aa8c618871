package dev.scr.k2.validate;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.MapSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * What maps hold when a run begins, or how they differ: entries by map.
 *
 * @param entries in the order in which they are put in
 */
public record MapEntries(List<Entry> entries) {
  /** An entry of a map. */
  public record Entry(MapSpec map, MapEntry entry) {
    /** Map, key and value; hexadecimal. */
    @Override
    public String toString() {
      return map.name() + " " + entry;
    }
  }

  /** Nothing. */
  public static final MapEntries NONE = new MapEntries(List.of());

  /** Copies the list. */
  public MapEntries {
    entries = List.copyOf(entries);
  }

  MapEntries with(List<Entry> more) {
    List<Entry> all = new ArrayList<>(entries);
    all.addAll(more);
    return new MapEntries(all);
  }
}
