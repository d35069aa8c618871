package dev.scr.k2.validate;

import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.input.ProgramFile;
import dev.scr.linux.object.KernelInstance;
import dev.scr.linux.object.KernelRefusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What maps of maps hold in trial runs. What their inner maps are like does not stand in every
 * file: then it is one of the kinds of maps that the file has. The inner maps come after the
 * program's own ones, so that instructions refer to the same maps as before.
 */
final class InnerMaps {
  /** Inner maps of each map of maps. */
  static final int POOL = 4;

  /** Kinds that inner maps are taken to be, likely ones first. */
  private static final List<MapType> TYPES =
      List.of(MapType.LRU_HASH, MapType.HASH, MapType.ARRAY, MapType.LPM_TRIE);

  private static final int MOST_KINDS = 8;
  private static final String SEPARATOR = ".inner";

  private InnerMaps() {}

  /** Whether a map holds maps. */
  static boolean isOuter(MapSpec map) {
    return map.type() == MapType.ARRAY_OF_MAPS || map.type() == MapType.HASH_OF_MAPS;
  }

  /** The kinds of maps that inner ones may be; none if there are no maps of maps. */
  static List<MapSpec> kinds(List<MapSpec> maps) {
    if (maps.stream().noneMatch(InnerMaps::isOuter)) {
      return List.of();
    }
    Map<String, MapSpec> kinds = new LinkedHashMap<>();
    maps.stream()
        .filter(map -> TYPES.contains(map.type()) && map.data().isEmpty())
        .sorted(Comparator.comparingInt(map -> TYPES.indexOf(map.type())))
        .limit(MOST_KINDS)
        .forEach(map ->
            kinds.putIfAbsent(map.type() + " " + map.keySize() + " " + map.valueSize(), map));
    return List.copyOf(kinds.values());
  }

  /**
   * The maps of a program, and inner ones for its maps of maps: of the kind with which the kernel
   * accepts the program, else of the likeliest.
   */
  static List<MapSpec> added(ProgramFile file, ProgramSpec program, boolean kernel) {
    List<MapSpec> kinds = kinds(program.maps());
    Optional<MapSpec> accepted =
        kernel && kinds.size() > 1
            ? kinds.stream().filter(kind -> accepts(file, program, kind)).findFirst()
            : Optional.empty();
    return accepted
        .or(() -> kinds.stream().findFirst())
        .map(kind -> added(program.maps(), kind))
        .orElse(program.maps());
  }

  /** The maps of a program, and inner ones of the likeliest kind. */
  static List<MapSpec> added(ProgramSpec program) {
    return kinds(program.maps()).stream()
        .findFirst()
        .map(kind -> added(program.maps(), kind))
        .orElse(program.maps());
  }

  private static List<MapSpec> added(List<MapSpec> maps, MapSpec kind) {
    List<MapSpec> all = new ArrayList<>(maps);
    for (MapSpec map : maps) {
      if (isOuter(map)) {
        for (int i = 0; i < POOL; i++) {
          all.add(named(kind, map.name() + SEPARATOR + i));
        }
      }
    }
    return List.copyOf(all);
  }

  private static MapSpec named(MapSpec kind, String name) {
    return new MapSpec(
        name,
        kind.type(),
        kind.keySize(),
        kind.valueSize(),
        kind.maxEntries(),
        kind.flags(),
        kind.keyType(),
        kind.valueType(),
        kind.data());
  }

  private static boolean accepts(ProgramFile file, ProgramSpec program, MapSpec kind) {
    KernelInstance.Builder builder =
        KernelInstance.builder(
            file.name(),
            file.license(),
            file.types(),
            Capacities.limited(program.maps(), Capacities.KERNEL));
    program.maps().stream()
        .filter(InnerMaps::isOuter)
        .forEach(map -> builder.inner(map.name(), kind));
    try (KernelInstance instance = builder.build()) {
      instance.program(program);
      return true;
    } catch (KernelRefusal _) {
      return false;
    }
  }

  /** The inner map that an entry of a map of maps names. */
  static String inner(MapEntries.Entry entry) {
    return entry.map().name() + SEPARATOR + (entry.entry().value()[0] & 0xff) % POOL;
  }

  /** One of the inner maps of a map of maps among all maps. */
  static MapSpec first(MapSpec outer, List<MapSpec> maps) {
    return maps.stream()
        .filter(map -> map.name().equals(outer.name() + SEPARATOR + 0))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("expected an inner map of " + outer.name()));
  }
}
