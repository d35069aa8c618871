package dev.scr.k2.validate;

import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.MapSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Compares what maps hold. */
final class Entries {
  private Entries() {}

  /** The first difference of two lists that are sorted by key. */
  static Optional<String> difference(MapSpec map, List<MapEntry> wanted, List<MapEntry> found) {
    for (int i = 0; i < Math.max(wanted.size(), found.size()); i++) {
      if (i >= wanted.size() || i >= found.size() || !wanted.get(i).equals(found.get(i))) {
        return Optional.of(text(map, entry(wanted, i), entry(found, i)));
      }
    }
    return Optional.empty();
  }

  private static Optional<MapEntry> entry(List<MapEntry> entries, int index) {
    return index < entries.size() ? Optional.of(entries.get(index)) : Optional.empty();
  }

  private static String text(MapSpec map, Optional<MapEntry> wanted, Optional<MapEntry> found) {
    if (wanted.isPresent()
        && found.isPresent()
        && Arrays.equals(wanted.get().key(), found.get().key())) {
      HexFormat hex = HexFormat.of();
      return "map %s: key %s: expected value %s, found %s"
          .formatted(
              map.name(),
              hex.formatHex(wanted.get().key()),
              hex.formatHex(wanted.get().value()),
              hex.formatHex(found.get().value()));
    }
    return "map %s: expected entry %s, found %s"
        .formatted(
            map.name(),
            wanted.map(MapEntry::toString).orElse("none"),
            found.map(MapEntry::toString).orElse("none"));
  }
}
