package dev.scr.p4runtime;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.util.Locale;
import org.p4.v1.Entity;
import org.p4.v1.FieldMatch;
import org.p4.v1.Index;
import org.p4.v1.TableEntry;
import org.p4.v1.Update;

/** Entities and updates in one line, with names for ids, for messages and logs. */
public final class EntityText {
  private EntityText() {}

  /** As in {@code insert spray worker=0x3 to_worker(port=0x5, ...)}. */
  public static String of(P4InfoIndex index, Update update) {
    return update.getType().toString().toLowerCase(Locale.ROOT)
        + " "
        + of(index, update.getEntity());
  }

  /** As in {@code counter sequenced[0]}. Kinds that have no short form yet are named only. */
  public static String of(P4InfoIndex index, Entity entity) {
    return switch (entity.getEntityCase()) {
      case TABLE_ENTRY -> of(index, entity.getTableEntry());
      case DIRECT_COUNTER_ENTRY ->
          "counter of " + of(index, entity.getDirectCounterEntry().getTableEntry());
      case COUNTER_ENTRY -> {
        P4Id.CounterId id = new P4Id.CounterId(entity.getCounterEntry().getCounterId());
        yield "counter "
            + name(index.counters(), id)
            + cell(entity.getCounterEntry().hasIndex(), entity.getCounterEntry().getIndex());
      }
      case REGISTER_ENTRY -> {
        P4Id.RegisterId id = new P4Id.RegisterId(entity.getRegisterEntry().getRegisterId());
        yield "register "
            + name(index.registers(), id)
            + cell(entity.getRegisterEntry().hasIndex(), entity.getRegisterEntry().getIndex());
      }
      case EXTERN_ENTRY,
          ACTION_PROFILE_MEMBER,
          ACTION_PROFILE_GROUP,
          METER_ENTRY,
          DIRECT_METER_ENTRY,
          PACKET_REPLICATION_ENGINE_ENTRY,
          VALUE_SET_ENTRY,
          DIGEST_ENTRY,
          ENTITY_NOT_SET ->
          entity.getEntityCase().toString().toLowerCase(Locale.ROOT);
    };
  }

  private static String of(P4InfoIndex index, TableEntry entry) {
    P4Id.TableId id = new P4Id.TableId(entry.getTableId());
    StringBuilder text = new StringBuilder(name(index.tables(), id));
    if (entry.getIsDefaultAction()) {
      text.append(" default");
    }
    index
        .tables()
        .find(id)
        .ifPresent(table ->
            entry.getMatchList().forEach(match -> text.append(' ').append(of(table, match))));
    if (entry.getPriority() != 0) {
      text.append(" priority=").append(entry.getPriority());
    }
    if (entry.hasAction()) {
      text.append(' ').append(action(index, entry));
    }
    return text.toString();
  }

  private static String action(P4InfoIndex index, TableEntry entry) {
    try {
      return ActionCall.decode(index, entry)
          .map(ActionCall::toString)
          .orElse(
              "action " + Integer.toUnsignedString(entry.getAction().getAction().getActionId()));
    } catch (BadValue e) {
      return String.valueOf(
          e.getMessage()); // an entry from outside may be anything; here we only describe it
    }
  }

  private static String of(P4Object.Table table, FieldMatch match) {
    String value =
        switch (match.getFieldMatchTypeCase()) {
          case EXACT -> hex(match.getExact().getValue());
          case TERNARY ->
              hex(match.getTernary().getValue()) + "&&&" + hex(match.getTernary().getMask());
          case LPM -> hex(match.getLpm().getValue()) + "/" + match.getLpm().getPrefixLen();
          case RANGE -> hex(match.getRange().getLow()) + ".." + hex(match.getRange().getHigh());
          case OPTIONAL -> hex(match.getOptional().getValue());
          case OTHER, FIELDMATCHTYPE_NOT_SET -> "?";
        };
    return name(table.fields(), new P4Id.FieldId(match.getFieldId())) + "=" + value;
  }

  private static <I extends P4Id, T extends P4Object<I>> String name(NameTable<I, T> names, I id) {
    if (id.value() == 0) {
      return "(all)";
    }
    return names.find(id).map(P4Object::alias).orElse("with unknown id " + id);
  }

  private static String cell(boolean given, Index index) {
    return given ? "[" + index.getIndex() + "]" : "[all]";
  }

  private static String hex(ByteString bytes) {
    return "0x" + new BigInteger(1, bytes.toByteArray()).toString(16);
  }
}
