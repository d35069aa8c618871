package dev.scr.p4runtime;

import java.util.List;
import org.p4.config.v1.ControllerPacketMetadata;
import org.p4.config.v1.MatchField;
import org.p4.config.v1.P4DataTypeSpec;
import org.p4.config.v1.P4Info;
import org.p4.config.v1.Preamble;

/**
 * P4Info by name and by id. Immutable.
 *
 * @param info what it was made from
 * @param source what messages call it, as in a file's name
 */
public record P4InfoIndex(
    P4Info info,
    String source,
    NameTable<P4Id.TableId, P4Object.Table> tables,
    NameTable<P4Id.ActionId, P4Object.Action> actions,
    NameTable<P4Id.CounterId, P4Object.Counter> counters,
    NameTable<P4Id.DirectCounterId, P4Object.DirectCounter> directCounters,
    NameTable<P4Id.RegisterId, P4Object.Register> registers,
    NameTable<P4Id.PacketHeaderId, P4Object.PacketHeader> packetHeaders) {

  /**
   * Indexes a P4Info.
   *
   * @param source what messages call it, as in a file's name
   * @throws BadPipeline if ids or names collide, or a table refers to what is not there
   */
  public static P4InfoIndex of(P4Info info, String source) {
    P4InfoIndex index =
        new P4InfoIndex(
            info,
            source,
            NameTable.of(
                source, "table", info.getTablesList().stream().map(t -> table(source, t)).toList()),
            NameTable.of(
                source,
                "action",
                info.getActionsList().stream().map(a -> action(source, a)).toList()),
            NameTable.of(
                source,
                "counter",
                info.getCountersList().stream().map(P4InfoIndex::counter).toList()),
            NameTable.of(
                source,
                "direct counter",
                info.getDirectCountersList().stream().map(P4InfoIndex::directCounter).toList()),
            NameTable.of(
                source,
                "register",
                info.getRegistersList().stream().map(P4InfoIndex::register).toList()),
            NameTable.of(
                source,
                "packet header",
                info.getControllerPacketMetadataList().stream()
                    .map(m -> packetHeader(source, m))
                    .toList()));
    index.checkReferences();
    return index;
  }

  /** Reads and indexes P4Info in text format; see {@link P4InfoText#parse} and {@link #of}. */
  public static P4InfoIndex parse(String text, String source) {
    return of(P4InfoText.parse(text, source), source);
  }

  /** {@code pkg_info.name}: the P4 program. */
  public String program() {
    return info.getPkgInfo().getName();
  }

  /**
   * An action that this table may run.
   *
   * @throws UnknownName if it has none of that name
   */
  public P4Object.Action action(P4Object.Table table, String name) {
    return actionsOf(table).named(name);
  }

  /** The actions that this table may run. */
  public NameTable<P4Id.ActionId, P4Object.Action> actionsOf(P4Object.Table table) {
    List<P4Object.Action> allowed =
        table.actions().stream().flatMap(id -> actions.find(id).stream()).toList();
    return NameTable.of(source + ": table " + table.alias(), "action", allowed);
  }

  private void checkReferences() {
    for (P4Object.Table table : tables.all()) {
      for (P4Id.ActionId id : table.actions()) {
        if (actions.find(id).isEmpty()) {
          throw new BadPipeline(
              source
                  + ": table "
                  + table.name()
                  + ": expected the id of an action; found "
                  + id
                  + ", which nothing has");
        }
      }
    }
    for (P4Object.DirectCounter counter : directCounters.all()) {
      if (tables.find(counter.table()).isEmpty()) {
        throw new BadPipeline(
            source
                + ": direct counter "
                + counter.name()
                + ": expected the id of a table; found "
                + counter.table()
                + ", which nothing has");
      }
    }
  }

  private static P4Object.Table table(String source, org.p4.config.v1.Table table) {
    Preamble preamble = table.getPreamble();
    return new P4Object.Table(
        new P4Id.TableId(preamble.getId()),
        preamble.getName(),
        alias(preamble),
        NameTable.of(
            source + ": table " + alias(preamble),
            "match field",
            table.getMatchFieldsList().stream().map(P4InfoIndex::field).toList()),
        table.getActionRefsList().stream().map(ref -> new P4Id.ActionId(ref.getId())).toList(),
        table.getConstDefaultActionId() != 0,
        table.getIsConstTable(),
        table.getSize());
  }

  private static P4Object.Field field(MatchField field) {
    return new P4Object.Field(
        new P4Id.FieldId(field.getId()),
        field.getName(),
        field.getBitwidth(),
        field.getMatchType());
  }

  private static P4Object.Action action(String source, org.p4.config.v1.Action action) {
    Preamble preamble = action.getPreamble();
    List<P4Object.Param> params =
        action.getParamsList().stream()
            .map(p -> new P4Object.Param(new P4Id.ParamId(p.getId()), p.getName(), p.getBitwidth()))
            .toList();
    return new P4Object.Action(
        new P4Id.ActionId(preamble.getId()),
        preamble.getName(),
        alias(preamble),
        NameTable.of(source + ": action " + alias(preamble), "parameter", params));
  }

  private static P4Object.Counter counter(org.p4.config.v1.Counter counter) {
    Preamble preamble = counter.getPreamble();
    return new P4Object.Counter(
        new P4Id.CounterId(preamble.getId()),
        preamble.getName(),
        alias(preamble),
        counter.getSpec().getUnit(),
        counter.getSize());
  }

  private static P4Object.DirectCounter directCounter(org.p4.config.v1.DirectCounter counter) {
    Preamble preamble = counter.getPreamble();
    return new P4Object.DirectCounter(
        new P4Id.DirectCounterId(preamble.getId()),
        preamble.getName(),
        alias(preamble),
        counter.getSpec().getUnit(),
        new P4Id.TableId(counter.getDirectTableId()));
  }

  private static P4Object.Register register(org.p4.config.v1.Register register) {
    Preamble preamble = register.getPreamble();
    return new P4Object.Register(
        new P4Id.RegisterId(preamble.getId()),
        preamble.getName(),
        alias(preamble),
        bitwidth(register.getTypeSpec()),
        register.getSize());
  }

  private static int bitwidth(P4DataTypeSpec type) {
    return switch (type.getBitstring().getTypeSpecCase()) {
      case BIT -> type.getBitstring().getBit().getBitwidth();
      case INT -> type.getBitstring().getInt().getBitwidth();
      case VARBIT, TYPESPEC_NOT_SET -> 0;
    };
  }

  private static P4Object.PacketHeader packetHeader(
      String source, ControllerPacketMetadata header) {
    Preamble preamble = header.getPreamble();
    List<P4Object.Metadata> metadata =
        header.getMetadataList().stream()
            .map(m ->
                new P4Object.Metadata(new P4Id.MetadataId(m.getId()), m.getName(), m.getBitwidth()))
            .toList();
    return new P4Object.PacketHeader(
        new P4Id.PacketHeaderId(preamble.getId()),
        preamble.getName(),
        alias(preamble),
        NameTable.of(source + ": " + preamble.getName(), "metadata field", metadata));
  }

  private static String alias(Preamble preamble) {
    return preamble.getAlias().isEmpty() ? preamble.getName() : preamble.getAlias();
  }
}
