package dev.scr.k2.input;

import dev.scr.ebpf.object.MalformedObjectException;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The maps of a {@code .maps} file, a line each: {@code name { type = n, key_size = n, value_size =
 * n, max_entries = n, fd = n }}. K2's own files leave out the closing brace.
 */
final class MapTable {
  /** Tries are made so (BPF_F_NO_PREALLOC); the text has no flags. */
  private static final int NO_PREALLOCATION = 1;

  private static final Pattern LINE =
      Pattern.compile("\\s*([^\\s{}=,]+)\\s*\\{\\s*([^{}]*?)\\s*,?\\s*\\}?\\s*");
  private static final Pattern FIELD = Pattern.compile("([a-z_]+)\\s*=\\s*([0-9]+)");
  private static final List<String> FIELDS =
      List.of("type", "key_size", "value_size", "max_entries", "fd");

  private final List<MapSpec> maps;
  private final List<Integer> descriptors;

  private MapTable(List<MapSpec> maps, List<Integer> descriptors) {
    this.maps = List.copyOf(maps);
    this.descriptors = List.copyOf(descriptors);
  }

  /**
   * Reads the text of a file.
   *
   * @throws MalformedObjectException with the line
   */
  static MapTable parse(String file, String text) {
    List<MapSpec> maps = new ArrayList<>();
    List<Integer> descriptors = new ArrayList<>();
    String[] lines = text.split("\\R", -1);
    for (int i = 0; i < lines.length; i++) {
      if (lines[i].isBlank()) {
        continue;
      }
      String place = "line " + (i + 1);
      Matcher line = LINE.matcher(lines[i]);
      if (!line.matches()) {
        throw new MalformedObjectException(
            file,
            place,
            "expected NAME { "
                + String.join(" = N, ", FIELDS)
                + " = N }, found "
                + quote(lines[i]));
      }
      Map<String, Integer> fields = fields(file, place, line.group(2));
      MapSpec map = map(file, place, line.group(1), fields);
      int descriptor = fields.getOrDefault("fd", -1);
      if (descriptors.contains(descriptor)) {
        throw new MalformedObjectException(
            file, place, "expected a descriptor of its own, found fd = " + descriptor + " again");
      }
      if (maps.stream().anyMatch(m -> m.name().equals(map.name()))) {
        throw new MalformedObjectException(
            file, place, "expected a name of its own, found " + map.name() + " again");
      }
      maps.add(map);
      descriptors.add(descriptor);
    }
    return new MapTable(maps, descriptors);
  }

  private static Map<String, Integer> fields(String file, String place, String text) {
    Map<String, Integer> fields = new HashMap<>();
    for (String part : text.split(",", -1)) {
      Matcher field = FIELD.matcher(part.strip());
      if (!field.matches() || !FIELDS.contains(field.group(1))) {
        throw new MalformedObjectException(
            file, place, "expected one of " + FIELDS + " = N, found " + quote(part.strip()));
      }
      fields.put(field.group(1), number(file, place, field));
    }
    for (String wanted : FIELDS) {
      if (!fields.containsKey(wanted)) {
        throw new MalformedObjectException(file, place, "expected " + wanted + " = N, found none");
      }
    }
    return fields;
  }

  private static int number(String file, String place, Matcher field) {
    try {
      return Integer.parseUnsignedInt(field.group(2));
    } catch (NumberFormatException _) {
      throw new MalformedObjectException(
          file,
          place,
          field.group(1) + ": expected a number of 32 bits, found " + quote(field.group(2)));
    }
  }

  private static MapSpec map(String file, String place, String name, Map<String, Integer> fields) {
    int code = fields.getOrDefault("type", 0);
    MapType type =
        MapType.ofCode(code)
            .orElseThrow(() ->
                new MalformedObjectException(
                    file, place, "type: expected a known map type, found " + code));
    return new MapSpec(
        name,
        type,
        fields.getOrDefault("key_size", 0),
        fields.getOrDefault("value_size", 0),
        fields.getOrDefault("max_entries", 0),
        type == MapType.LPM_TRIE ? NO_PREALLOCATION : 0,
        0,
        0,
        Optional.empty());
  }

  private static String quote(String text) {
    return "'" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "'";
  }

  List<MapSpec> maps() {
    return maps;
  }

  List<Integer> descriptors() {
    return descriptors;
  }

  /** Index of the map with a descriptor. */
  Optional<Integer> indexOf(int descriptor) {
    int index = descriptors.indexOf(descriptor);
    return index < 0 ? Optional.empty() : Optional.of(index);
  }

  /** Descriptor of the map at an index. */
  int descriptor(int index) {
    return descriptors.get(index);
  }
}
