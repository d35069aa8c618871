package dev.scr.hosts.recovery;

import dev.scr.ebpf.map.MapEntry;
import java.util.List;
import java.util.Map;

/**
 * A replica's state between two packets, enough to start another one.
 *
 * @param position of the newest packet in it
 * @param epoch of the newest frame that the replica has handled
 * @param maps the entries of each map that holds state, by the map's name
 */
public record Snapshot(long position, int epoch, Map<String, List<MapEntry>> maps) {
  public Snapshot {
    maps = Map.copyOf(maps);
  }
}
