package dev.scr.softswitch.naming;

import dev.scr.softswitch.json.PipelineMismatch;
import dev.scr.softswitch.naming.PipelineNames.ActionName;
import dev.scr.softswitch.naming.PipelineNames.FieldName;
import dev.scr.softswitch.naming.PipelineNames.TableAction;
import dev.scr.softswitch.naming.PipelineNames.TableName;
import dev.scr.softswitch.program.Program;
import dev.scr.softswitch.state.KeyField;
import dev.scr.softswitch.state.MatchKind;
import dev.scr.softswitch.state.PipelineState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p4.config.v1.ActionRef;
import org.p4.config.v1.MatchField;
import org.p4.config.v1.P4Info;
import org.p4.config.v1.Table;

/** Joins the tables of a P4Info with those of a program. */
final class TableJoin {

  private final P4Info info;
  private final Program program;
  private final Map<Integer, ActionName> actions;

  TableJoin(P4Info info, Program program, Map<Integer, ActionName> actions) {
    this.info = info;
    this.program = program;
    this.actions = actions;
  }

  /**
   * Joins one table. p4c writes the P4Info before it removes tables that do nothing, so a table
   * without key that can only run default actions may be missing.
   */
  Optional<TableName> join(Table table) {
    String name = table.getPreamble().getName();
    String place = NameJoin.place("table", name);
    PipelineState.Table state = program.state().tables().get(name);
    if (state == null && doesNothing(table)) {
      return Optional.empty();
    }
    if (state == null) {
      throw new PipelineMismatch(place, "the JSON has no table of that name");
    }
    boolean indirect = table.getImplementationId() != 0;
    if (indirect != state.profile().isPresent()) {
      throw new PipelineMismatch(
          place,
          indirect
              ? "has an action profile in the P4Info and none in the JSON"
              : "has an action profile in the JSON and none in the P4Info");
    }
    return Optional.of(
        new TableName(
            table.getPreamble().getId(),
            name,
            state,
            fields(place, table, state.table().shape().keyFields()),
            actions(place, table, state),
            table.getImplementationId(),
            directCounter(table),
            directMeter(table)));
  }

  private static boolean doesNothing(Table table) {
    return table.getMatchFieldsCount() == 0
        && table.getActionRefsList().stream()
            .allMatch(ref -> ref.getScope() == ActionRef.Scope.DEFAULT_ONLY);
  }

  private static List<FieldName> fields(String place, Table table, List<KeyField> key) {
    List<String> inInfo = table.getMatchFieldsList().stream().map(MatchField::getName).toList();
    List<String> inJson = key.stream().map(KeyField::name).toList();
    if (!inInfo.equals(inJson)) {
      throw new PipelineMismatch(
          place, "key is " + inInfo + " in the P4Info and " + inJson + " in the JSON");
    }
    List<FieldName> fields = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      MatchField match = table.getMatchFields(i);
      KeyField field = key.get(i);
      String what = place + ": key field \"" + field.name() + "\"";
      // Without a width, the type is one that only the program knows.
      if (!match.hasTypeName() && match.getBitwidth() != 0 && match.getBitwidth() != field.bits()) {
        throw new PipelineMismatch(
            what,
            "width is "
                + match.getBitwidth()
                + " in the P4Info and "
                + field.bits()
                + " in the JSON");
      }
      if (!compatible(match.getMatchType(), field.kind())) {
        throw new PipelineMismatch(
            what,
            "match type is "
                + match.getMatchType()
                + " in the P4Info and "
                + field.kind()
                + " in the JSON");
      }
      fields.add(new FieldName(match.getId(), match.getName(), field.bits(), match.getMatchType()));
    }
    return fields;
  }

  private static boolean compatible(MatchField.MatchType inInfo, MatchKind inJson) {
    return switch (inInfo) {
      case EXACT -> inJson == MatchKind.EXACT || inJson == MatchKind.VALID;
      case LPM -> inJson == MatchKind.LPM;
      case TERNARY -> inJson == MatchKind.TERNARY;
      case RANGE -> inJson == MatchKind.RANGE;
      // p4c turns optional keys into ternary ones.
      case OPTIONAL -> inJson == MatchKind.OPTIONAL || inJson == MatchKind.TERNARY;
      case UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }

  private Map<Integer, TableAction> actions(String place, Table table, PipelineState.Table state) {
    Map<Integer, TableAction> result = new LinkedHashMap<>();
    for (ActionRef ref : table.getActionRefsList()) {
      ActionName action = actions.get(ref.getId());
      if (action == null) {
        throw new PipelineMismatch(place, "there is no action with id " + ref.getId());
      }
      int number = -1;
      for (int candidate : state.actions()) {
        if (program.actions().get(candidate).name().equals(action.name())) {
          number = candidate;
        }
      }
      if (number < 0) {
        throw new PipelineMismatch(place, "has no action \"" + action.name() + "\" in the JSON");
      }
      result.put(
          ref.getId(),
          new TableAction(
              number,
              ref.getScope() != ActionRef.Scope.DEFAULT_ONLY,
              ref.getScope() != ActionRef.Scope.TABLE_ONLY));
    }
    return result;
  }

  private int directCounter(Table table) {
    return info.getDirectCountersList().stream()
        .filter(counter -> counter.getDirectTableId() == table.getPreamble().getId())
        .map(counter -> counter.getPreamble().getId())
        .findFirst()
        .orElse(0);
  }

  private int directMeter(Table table) {
    return info.getDirectMetersList().stream()
        .filter(meter -> meter.getDirectTableId() == table.getPreamble().getId())
        .map(meter -> meter.getPreamble().getId())
        .findFirst()
        .orElse(0);
  }
}
