package dev.scr.hosts.worker;

import dev.scr.ebpf.map.BpfMap;
import dev.scr.ebpf.map.MapEntry;
import dev.scr.ebpf.object.MapSpec;
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
    return !spec.readOnly() && !PRIVATE.contains(spec.name());
  }

  /**
   * Takes over all entries of another replica's map.
   *
   * @throws IllegalStateException if the map holds more than its entries say: an order of use, for
   *     example
   */
  void become(List<MapEntry> wanted) {
    switch (spec.type()) {
      case HASH -> {
        entries.get().forEach(entry -> delete.accept(entry.key()));
        wanted.forEach(entry -> update.accept(entry.key(), entry.value()));
      }
      case ARRAY -> wanted.forEach(entry -> update.accept(entry.key(), entry.value()));
      default ->
          throw new IllegalStateException(
              "map %s: expected a hash or an array to copy to another replica, found %s"
                  .formatted(spec.name(), spec.type()));
    }
  }
}
