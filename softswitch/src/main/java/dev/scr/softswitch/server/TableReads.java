package dev.scr.softswitch.server;

import com.google.rpc.Code;
import dev.scr.softswitch.naming.PipelineNames.TableName;
import dev.scr.softswitch.state.EntryTarget;
import dev.scr.softswitch.state.FieldMatch;
import dev.scr.softswitch.state.TableEntry;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.p4.v1.CounterData;
import org.p4.v1.DirectCounterEntry;
import org.p4.v1.DirectMeterEntry;
import org.p4.v1.Entity;

/** Reads table entries and what is attached to them. All under the switch's lock. */
@SuppressWarnings("deprecation") // controller_metadata must still be given to those who set it
final class TableReads {

  private static final long NANOS_PER_MICRO = 1000;

  private final TableEntities tables;
  private final TargetCodec targets;
  private final long nowMicros;
  private final Consumer<Entity> out;

  TableReads(TableEntities tables, TargetCodec targets, long nowMicros, Consumer<Entity> out) {
    this.tables = tables;
    this.targets = targets;
    this.nowMicros = nowMicros;
    this.out = out;
  }

  void read(org.p4.v1.TableEntry filter) {
    forTables(filter.getTableId(), table -> read(table, filter));
  }

  private void forTables(int id, Consumer<TableName> action) {
    if (id == 0) {
      tables.tables().forEach(action);
    } else {
      action.accept(tables.table(id));
    }
  }

  private void read(TableName table, org.p4.v1.TableEntry filter) {
    if (filter.getIsDefaultAction()) {
      out.accept(Entity.newBuilder().setTableEntry(defaultEntry(table)).build());
      return;
    }
    if (filter.hasTimeSinceLastHit()
        && filter.getTableId() != 0
        && !table.state().supportTimeout()) {
      throw Rejected.invalid("table " + table.name() + " has no idle timeout");
    }
    List<FieldMatch> match = match(table, filter);
    for (TableEntry entry : table.state().table().entries()) {
      if (selected(table, entry, filter, match)) {
        out.accept(Entity.newBuilder().setTableEntry(encode(table, entry, filter)).build());
      }
    }
  }

  private static @Nullable List<FieldMatch> match(TableName table, org.p4.v1.TableEntry filter) {
    return filter.getMatchCount() == 0 || filter.getTableId() == 0
        ? null
        : MatchCodec.decode(table.name(), table.fields(), filter.getMatchList());
  }

  private static boolean selected(
      TableName table,
      TableEntry entry,
      org.p4.v1.TableEntry filter,
      @Nullable List<FieldMatch> match) {
    return (match == null || entry.key().fields().equals(match))
        && (filter.getPriority() == 0 || entry.key().priority() == filter.getPriority())
        && (filter.getControllerMetadata() == 0
            || entry.metadata().controllerMetadata() == filter.getControllerMetadata())
        && (filter.getMetadata().isEmpty()
            || entry.metadata().opaque().equals(filter.getMetadata()))
        && (!filter.getAction().hasAction() || runs(table, entry, filter));
  }

  private static boolean runs(TableName table, TableEntry entry, org.p4.v1.TableEntry filter) {
    var action = table.actions().get(filter.getAction().getAction().getActionId());
    return action != null
        && entry.target() instanceof EntryTarget.Direct direct
        && direct.call().action() == action.number();
  }

  private org.p4.v1.TableEntry.Builder key(TableName table, TableEntry entry) {
    return org.p4.v1.TableEntry.newBuilder()
        .setTableId(table.id())
        .addAllMatch(MatchCodec.encode(table.fields(), entry.key().fields()))
        .setPriority(entry.key().priority());
  }

  private org.p4.v1.TableEntry.Builder encode(
      TableName table, TableEntry entry, org.p4.v1.TableEntry filter) {
    org.p4.v1.TableEntry.Builder encoded =
        key(table, entry)
            .setAction(targets.encode(table, entry.target()))
            .setControllerMetadata(entry.metadata().controllerMetadata())
            .setMetadata(entry.metadata().opaque())
            .setIdleTimeoutNs(entry.idleTimeoutNs)
            .setIsConst(table.state().table().isSealed());
    if (filter.hasCounterData() && table.directCounterId() != 0) {
      encoded.setCounterData(counter(entry));
    }
    if (filter.hasMeterConfig() && entry.meter != null) {
      encoded.setMeterConfig(MeterCodec.encode(entry.meter.config()));
    }
    if (filter.hasTimeSinceLastHit() && table.state().supportTimeout()) {
      encoded
          .getTimeSinceLastHitBuilder()
          .setElapsedNs(Math.max(0, nowMicros - entry.lastHitMicros) * NANOS_PER_MICRO);
    }
    return encoded;
  }

  /** An entry as an idle timeout notification shows it. */
  org.p4.v1.TableEntry idle(TableName table, TableEntry entry) {
    return key(table, entry)
        .setControllerMetadata(entry.metadata().controllerMetadata())
        .setMetadata(entry.metadata().opaque())
        .setIdleTimeoutNs(entry.idleTimeoutNs)
        .build();
  }

  private static CounterData counter(TableEntry entry) {
    return CounterData.newBuilder().setByteCount(entry.bytes).setPacketCount(entry.packets).build();
  }

  private org.p4.v1.TableEntry.Builder defaultEntry(TableName table) {
    org.p4.v1.TableEntry.Builder encoded =
        org.p4.v1.TableEntry.newBuilder().setTableId(table.id()).setIsDefaultAction(true);
    EntryTarget target = table.state().table().defaultTarget();
    if (target != null) {
      encoded.setAction(targets.encode(table, target));
    }
    TableEntry.Metadata metadata = table.state().table().defaultMetadata();
    return encoded
        .setControllerMetadata(metadata.controllerMetadata())
        .setMetadata(metadata.opaque())
        .setIsConst(table.state().table().defaultConst());
  }

  void readCounters(DirectCounterEntry filter) {
    forDirect(
        filter.getTableEntry(),
        true,
        (table, entry) ->
            out.accept(
                Entity.newBuilder()
                    .setDirectCounterEntry(
                        DirectCounterEntry.newBuilder()
                            .setTableEntry(key(table, entry))
                            .setData(counter(entry)))
                    .build()));
  }

  void readMeters(DirectMeterEntry filter) {
    forDirect(
        filter.getTableEntry(),
        false,
        (table, entry) -> {
          DirectMeterEntry.Builder meter =
              DirectMeterEntry.newBuilder().setTableEntry(key(table, entry));
          if (entry.meter != null) {
            meter.setConfig(MeterCodec.encode(entry.meter.config()));
          }
          out.accept(Entity.newBuilder().setDirectMeterEntry(meter).build());
        });
  }

  private interface EntryAction {
    void accept(TableName table, TableEntry entry);
  }

  private void forDirect(org.p4.v1.TableEntry filter, boolean counter, EntryAction action) {
    if (filter.getTableId() == 0) {
      for (TableName table : tables.tables()) {
        if ((counter ? table.directCounterId() : table.directMeterId()) != 0) {
          table.state().table().entries().forEach(entry -> action.accept(table, entry));
        }
      }
      return;
    }
    TableName table = tables.table(filter.getTableId());
    TableEntities.checkDirect(table, counter);
    if (filter.getMatchCount() == 0) {
      table.state().table().entries().stream()
          .filter(
              entry -> filter.getPriority() == 0 || entry.key().priority() == filter.getPriority())
          .forEach(entry -> action.accept(table, entry));
      return;
    }
    Optional<TableEntry> entry = table.state().table().entry(tables.key(table, filter));
    action.accept(
        table,
        entry.orElseThrow(() ->
            new Rejected(Code.NOT_FOUND, "table " + table.name() + " has no entry with that key")));
  }
}
