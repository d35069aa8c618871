package dev.scr.controlplane.sequencer;

import dev.scr.p4runtime.ActionCall;
import dev.scr.p4runtime.CanonicalBytes;
import dev.scr.p4runtime.EntryBuilder;
import dev.scr.p4runtime.P4Id;
import dev.scr.p4runtime.P4InfoIndex;
import dev.scr.p4runtime.P4Object;
import dev.scr.pipeline.SequencerSettings;
import dev.scr.pipeline.WorkerPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.p4.v1.CounterEntry;
import org.p4.v1.DirectCounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.FieldMatch;
import org.p4.v1.Index;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;

/**
 * The tables and counters of a sequencer's P4 program, between Java and the wire. Immutable.
 *
 * @param info the program
 */
record SequencerTables(P4InfoIndex info) {
  private static final String SETTINGS = "settings";
  private static final String SPRAY = "spray";
  private static final List<String> COUNTERS =
      List.of(
          "sequenced",
          "passed_through",
          "dropped_oversized",
          "dropped_malformed",
          "dropped_unmapped");

  /** Throws UnknownName unless the program is a sequencer. */
  void require() {
    info.action(info.tables().named(SETTINGS), "configure");
    info.action(info.tables().named(SPRAY), "to_worker");
    info.registers().named("ring");
    COUNTERS.forEach(name -> info.counters().named(name));
  }

  Update settingsUpdate(SequencerSettings settings) {
    ActionCall configure =
        ActionCall.of("configure")
            .with("epoch", settings.epoch())
            .with("depth", settings.depth())
            .with("workers", settings.workers())
            .with("max_frame", settings.maxFrameBytes())
            .with("pass_port", settings.passPort());
    return update(
        Update.Type.MODIFY, EntryBuilder.defaultEntry(info, SETTINGS).action(configure).build());
  }

  Entity settingsQuery() {
    return entity(EntryBuilder.defaultEntry(info, SETTINGS).build());
  }

  /**
   * The settings among what a read has brought; those of an unconfigured sequencer if there are
   * none.
   */
  SequencerSettings settings(List<Entity> entities) {
    return entries(entities, SETTINGS).stream()
        .filter(TableEntry::getIsDefaultAction)
        .flatMap(entry -> ActionCall.decode(info, entry).stream())
        .filter(call -> !call.arguments().isEmpty())
        .findFirst()
        .map(call ->
            new SequencerSettings(
                (int) call.argument("epoch"),
                (int) call.argument("depth"),
                (int) call.argument("workers"),
                (int) call.argument("max_frame"),
                (int) call.argument("pass_port")))
        .orElse(SequencerSettings.UNCONFIGURED);
  }

  Update portUpdate(Update.Type type, WorkerPort port) {
    EntryBuilder entry = EntryBuilder.entry(info, SPRAY).exact("worker", port.worker());
    if (type != Update.Type.DELETE) {
      entry.action(
          ActionCall.of("to_worker")
              .with("port", port.port())
              .with("dst_mac", port.dstMac())
              .with("src_mac", port.srcMac()));
    }
    return update(type, entry.build());
  }

  Entity portsQuery() {
    return entity(TableEntry.newBuilder().setTableId(spray().id().value()).build());
  }

  /** The workers' ports among what a read has brought, by number. */
  List<WorkerPort> ports(List<Entity> entities) {
    SortedMap<Integer, WorkerPort> ports = new TreeMap<>();
    for (TableEntry entry : entries(entities, SPRAY)) {
      Optional<ActionCall> call = ActionCall.decode(info, entry);
      if (!entry.getIsDefaultAction() && call.isPresent()) {
        int worker = worker(entry);
        ActionCall to = call.get();
        ports.put(
            worker,
            new WorkerPort(
                worker, (int) to.argument("port"), to.argument("dst_mac"), to.argument("src_mac")));
      }
    }
    return List.copyOf(ports.values());
  }

  List<Entity> countersQuery() {
    List<Entity> query = new ArrayList<>();
    for (String name : COUNTERS) {
      CounterEntry.Builder counter =
          CounterEntry.newBuilder()
              .setCounterId(info.counters().named(name).id().value())
              .setIndex(Index.newBuilder().setIndex(0));
      query.add(Entity.newBuilder().setCounterEntry(counter).build());
    }
    DirectCounterEntry.Builder sprayed =
        DirectCounterEntry.newBuilder()
            .setTableEntry(TableEntry.newBuilder().setTableId(spray().id().value()));
    query.add(Entity.newBuilder().setDirectCounterEntry(sprayed).build());
    return query;
  }

  SequencerCounters counters(List<Entity> entities) {
    SortedMap<Integer, Long> sprayed = new TreeMap<>();
    for (Entity entity : entities) {
      if (entity.hasDirectCounterEntry()
          && entity.getDirectCounterEntry().getTableEntry().getMatchCount() == 1) {
        DirectCounterEntry counter = entity.getDirectCounterEntry();
        sprayed.put(worker(counter.getTableEntry()), counter.getData().getPacketCount());
      }
    }
    return new SequencerCounters(
        packets(entities, "sequenced"),
        packets(entities, "passed_through"),
        packets(entities, "dropped_oversized"),
        packets(entities, "dropped_malformed"),
        packets(entities, "dropped_unmapped"),
        sprayed);
  }

  private long packets(List<Entity> entities, String name) {
    int id = info.counters().named(name).id().value();
    return entities.stream()
        .map(Entity::getCounterEntry)
        .filter(counter -> counter.getCounterId() == id)
        .mapToLong(counter -> counter.getData().getPacketCount())
        .sum();
  }

  private int worker(TableEntry entry) {
    P4Object.Field worker = spray().fields().named("worker");
    FieldMatch match =
        entry.getMatchList().stream()
            .filter(m -> new P4Id.FieldId(m.getFieldId()).equals(worker.id()))
            .findFirst()
            .orElse(FieldMatch.getDefaultInstance());
    return (int)
        CanonicalBytes.decodeLong(match.getExact().getValue(), worker.bitwidth(), "spray.worker");
  }

  private List<TableEntry> entries(List<Entity> entities, String table) {
    int id = info.tables().named(table).id().value();
    return entities.stream()
        .filter(Entity::hasTableEntry)
        .map(Entity::getTableEntry)
        .filter(entry -> entry.getTableId() == id)
        .toList();
  }

  private P4Object.Table spray() {
    return info.tables().named(SPRAY);
  }

  private static Entity entity(TableEntry entry) {
    return Entity.newBuilder().setTableEntry(entry).build();
  }

  private static Update update(Update.Type type, TableEntry entry) {
    return Update.newBuilder().setType(type).setEntity(entity(entry)).build();
  }
}
