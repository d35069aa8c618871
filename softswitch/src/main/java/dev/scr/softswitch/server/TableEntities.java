package dev.scr.softswitch.server;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.naming.PipelineNames.TableName;
import dev.scr.softswitch.state.ActionCall;
import dev.scr.softswitch.state.EntryTarget;
import dev.scr.softswitch.state.MatchTable;
import dev.scr.softswitch.state.Meter;
import dev.scr.softswitch.state.TableEntry;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p4.v1.MeterConfig;
import org.p4.v1.Update;

/** Writes table entries. All under the switch's lock. */
@SuppressWarnings("deprecation") // controller_metadata must still be kept for those who send it
final class TableEntities {

  private final PipelineNames names;
  private final TargetCodec targets;
  private final long nowMicros;

  /** {@code nowMicros} is the switch's time, for new meters and idle timeouts. */
  TableEntities(PipelineNames names, long nowMicros) {
    this.names = names;
    this.nowMicros = nowMicros;
    targets = new TargetCodec(names);
  }

  TableName table(int id) {
    TableName table = names.tables().get(id);
    if (table == null) {
      throw Rejected.notFound("table", id);
    }
    return table;
  }

  void write(Update.Type type, org.p4.v1.TableEntry sent) {
    TableName table = table(sent.getTableId());
    if (sent.getIsConst()) {
      throw Rejected.invalid("is_const must be false");
    }
    if (sent.getIsDefaultAction()) {
      writeDefault(table, type, sent);
      return;
    }
    TableEntry.Key key = key(table, sent);
    switch (type) {
      case INSERT -> insert(table, key, sent);
      case MODIFY -> modify(table, key, sent);
      case DELETE -> {
        checkMutable(table);
        table.state().table().delete(key);
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw Rejected.invalid("expected an update type");
    }
  }

  private static void checkMutable(TableName table) {
    if (table.state().table().isSealed()) {
      throw new Rejected(
          Code.PERMISSION_DENIED, "the program fixed the entries of table " + table.name());
    }
  }

  /** What identifies an entry. */
  TableEntry.Key key(TableName table, org.p4.v1.TableEntry sent) {
    if (table.fields().isEmpty()) {
      throw Rejected.invalid(
          "table " + table.name() + " has no key, so it has a default entry only");
    }
    boolean prioritized = table.state().table().shape().prioritized();
    if (prioritized ? sent.getPriority() <= 0 : sent.getPriority() != 0) {
      throw Rejected.invalid(
          "table "
              + table.name()
              + ": expected a priority "
              + (prioritized ? "> 0" : "of 0, because no key field is ternary, range or optional")
              + ", found "
              + sent.getPriority());
    }
    return new TableEntry.Key(
        MatchCodec.decode(table.name(), table.fields(), sent.getMatchList()), sent.getPriority());
  }

  private void insert(TableName table, TableEntry.Key key, org.p4.v1.TableEntry sent) {
    checkMutable(table);
    if (!sent.hasAction()) {
      throw Rejected.invalid("table " + table.name() + ": expected an action, found none");
    }
    checkExtras(table, sent);
    EntryTarget target = targets.decode(table, sent.getAction());
    Optional<Meter.Config> meter = meterConfig(sent);
    TableEntry entry = table.state().table().insert(key, target);
    describe(entry, sent, meter);
    if (sent.hasCounterData()) {
      setCounter(entry, sent.getCounterData());
    }
  }

  private void modify(TableName table, TableEntry.Key key, org.p4.v1.TableEntry sent) {
    MatchTable state = table.state().table();
    TableEntry entry =
        state
            .entry(key)
            .orElseThrow(() ->
                new Rejected(
                    Code.NOT_FOUND, "table " + table.name() + " has no entry with that key"));
    checkExtras(table, sent);
    if (state.isSealed() && sent.hasAction()) {
      checkMutable(table);
    }
    EntryTarget target =
        sent.hasAction() ? targets.decode(table, sent.getAction()) : entry.target();
    Optional<Meter.Config> meter = meterConfig(sent);
    entry.setTarget(target);
    describe(entry, sent, meter);
    if (sent.hasCounterData()) {
      setCounter(entry, sent.getCounterData());
    }
  }

  private void describe(TableEntry entry, org.p4.v1.TableEntry sent, Optional<Meter.Config> meter) {
    entry.setMetadata(metadata(sent));
    entry.idleTimeoutNs = sent.getIdleTimeoutNs();
    entry.lastHitMicros = nowMicros;
    entry.meter = meter.map(config -> new Meter(config, nowMicros)).orElse(null);
  }

  private static TableEntry.Metadata metadata(org.p4.v1.TableEntry sent) {
    ByteString opaque = sent.getMetadata();
    return new TableEntry.Metadata(opaque, sent.getControllerMetadata());
  }

  private static Optional<Meter.Config> meterConfig(org.p4.v1.TableEntry sent) {
    return sent.hasMeterConfig()
        ? Optional.of(MeterCodec.decode(sent.getMeterConfig()))
        : Optional.empty();
  }

  static void setCounter(TableEntry entry, org.p4.v1.CounterData data) {
    entry.packets = data.getPacketCount();
    entry.bytes = data.getByteCount();
  }

  /** Refuses what the table does not have. */
  private static void checkExtras(TableName table, org.p4.v1.TableEntry sent) {
    if (sent.hasCounterData() && table.directCounterId() == 0) {
      throw Rejected.invalid("table " + table.name() + " has no direct counter");
    }
    if (sent.hasMeterConfig() && table.directMeterId() == 0) {
      throw Rejected.invalid("table " + table.name() + " has no direct meter");
    }
    if (sent.hasMeterCounterData()) {
      throw Rejected.unimplemented("meter_counter_data");
    }
    if (sent.getIdleTimeoutNs() < 0) {
      throw Rejected.invalid("expected idle_timeout_ns >= 0");
    }
    if ((sent.getIdleTimeoutNs() != 0 && !table.state().supportTimeout())
        || sent.hasTimeSinceLastHit()) {
      throw Rejected.invalid("table " + table.name() + " has no idle timeout to be set");
    }
  }

  private void writeDefault(TableName table, Update.Type type, org.p4.v1.TableEntry sent) {
    checkDefault(sent);
    if (type != Update.Type.MODIFY) {
      throw Rejected.invalid("the default entry of a table can be modified only");
    }
    if (table.profileId() != 0) {
      throw new Rejected(
          Code.PERMISSION_DENIED,
          "table " + table.name() + " has an action profile, so its default entry is fixed");
    }
    MatchTable state = table.state().table();
    if (!sent.hasAction()) {
      state.setDefault(null, TableEntry.Metadata.NONE);
      return;
    }
    if (!sent.getAction().hasAction()) {
      throw Rejected.invalid("expected an action for the default entry");
    }
    ActionCall call = targets.actions().decode(table, sent.getAction().getAction(), true);
    state.setDefault(new EntryTarget.Direct(call), metadata(sent));
  }

  private static void checkDefault(org.p4.v1.TableEntry sent) {
    if (sent.getMatchCount() > 0 || sent.getPriority() != 0) {
      throw Rejected.invalid("the default entry has no key and no priority");
    }
    if (sent.getIdleTimeoutNs() != 0 || sent.hasTimeSinceLastHit()) {
      throw Rejected.invalid("the default entry has no idle timeout");
    }
    if (sent.hasCounterData() || sent.hasMeterConfig() || sent.hasMeterCounterData()) {
      throw Rejected.unimplemented("a direct counter or meter of the default entry");
    }
  }

  /** Writes the counter of an entry. */
  void writeCounter(Update.Type type, org.p4.v1.DirectCounterEntry sent) {
    TableEntry entry = direct(type, sent.getTableEntry(), true);
    if (sent.hasData()) {
      setCounter(entry, sent.getData());
    }
  }

  /** Writes the meter of an entry. */
  void writeMeter(Update.Type type, org.p4.v1.DirectMeterEntry sent) {
    TableEntry entry = direct(type, sent.getTableEntry(), false);
    @Nullable MeterConfig config = sent.hasConfig() ? sent.getConfig() : null;
    entry.meter = config == null ? null : new Meter(MeterCodec.decode(config), nowMicros);
  }

  private TableEntry direct(Update.Type type, org.p4.v1.TableEntry sent, boolean counter) {
    if (type != Update.Type.MODIFY) {
      throw Rejected.invalid("direct counters and meters can be modified only");
    }
    TableName table = table(sent.getTableId());
    checkDirect(table, counter);
    if (sent.getIsDefaultAction()) {
      throw Rejected.unimplemented("a direct counter or meter of the default entry");
    }
    return table
        .state()
        .table()
        .entry(key(table, sent))
        .orElseThrow(() ->
            new Rejected(Code.NOT_FOUND, "table " + table.name() + " has no entry with that key"));
  }

  static void checkDirect(TableName table, boolean counter) {
    if ((counter ? table.directCounterId() : table.directMeterId()) == 0) {
      throw Rejected.invalid(
          "table " + table.name() + " has no direct " + (counter ? "counter" : "meter"));
    }
  }

  /** All tables, for reads. */
  List<TableName> tables() {
    return List.copyOf(names.tables().values());
  }
}
