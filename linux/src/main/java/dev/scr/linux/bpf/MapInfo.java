package dev.scr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.scr.linux.call.FileDescriptor;
import java.util.Optional;

/**
 * What the kernel says about a map.
 *
 * @param id as {@code bpftool map} shows it
 * @param type empty for a kind that this project doesn't know
 */
public record MapInfo(
    int id,
    Optional<MapType> type,
    int keyBytes,
    int valueBytes,
    int maxEntries,
    int flags,
    String name) {
  private static final int BYTES = 88;

  static MapInfo of(FileDescriptor map) {
    return ObjectInfo.of(
        map,
        BYTES,
        new byte[0],
        info ->
            new MapInfo(
                info.get(JAVA_INT, 4),
                MapType.of(info.get(JAVA_INT, 0)),
                info.get(JAVA_INT, 8),
                info.get(JAVA_INT, 12),
                info.get(JAVA_INT, 16),
                info.get(JAVA_INT, 20),
                ObjectInfo.name(info, 24)));
  }
}
