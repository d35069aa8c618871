package dev.scr.hosts.worker;

import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.hosts.program.ProgramObject;
import dev.scr.linux.object.KernelMap;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A map of a replica, wherever it is, to be copied from one replica to another.
 *
 * @param spec what it is
 * @param entries copies of all entries
 * @param update creates or replaces an entry
 * @param delete removes an entry
 */
record StateMap(
    MapSpec spec,
    Supplier<List<MapEntry>> entries,
    BiConsumer<byte[], byte[]> update,
    Consumer<byte[]> delete) {
  /** What a replica has for itself. */
  private static final Set<String> PRIVATE =
      Set.of(ProgramObject.PROGRESS, ProgramObject.EXTRACTED);

  static StateMap of(BpfMap map) {
    return new StateMap(map.spec(), map::entries, map::update, map::delete);
  }

  static StateMap of(KernelMap map) {
    return new StateMap(map.spec(), map::entries, map::update, map::delete);
  }

  /** Whether a program keeps something in it from packet to packet. */
  boolean isState() {
    return isState(spec);
  }

  private static boolean isState(MapSpec spec) {
    return !spec.readOnly() && !PRIVATE.contains(spec.name());
  }

  /**
   * Makes sure that a program's state can be copied from one replica to another.
   *
   * @throws IllegalArgumentException if a map holds more than its entries say: an order of use, for
   *     example
   */
  static void requireCopyable(ProgramObject object) {
    object.object().maps().stream().filter(StateMap::isState).forEach(StateMap::requireCopyable);
  }

  private static void requireCopyable(MapSpec spec) {
    if (spec.type() != MapType.HASH && spec.type() != MapType.ARRAY) {
      throw new IllegalArgumentException(
          "map %s: with recovery of losses, expected a hash or an array, which a worker can copy from another; found %s"
              .formatted(spec.name(), spec.type()));
    }
  }

  /** Takes over all entries of another replica's map, which is copyable. */
  void become(List<MapEntry> wanted) {
    requireCopyable(spec);
    if (spec.type() == MapType.HASH) {
      entries.get().forEach(entry -> delete.accept(entry.key()));
    }
    wanted.forEach(entry -> update.accept(entry.key(), entry.value()));
  }
}
