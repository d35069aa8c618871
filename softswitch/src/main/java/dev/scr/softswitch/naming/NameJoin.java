package dev.scr.softswitch.naming;

import dev.scr.softswitch.json.PipelineException;
import dev.scr.softswitch.json.PipelineMismatch;
import dev.scr.softswitch.naming.PipelineNames.ActionName;
import dev.scr.softswitch.naming.PipelineNames.FieldName;
import dev.scr.softswitch.naming.PipelineNames.PacketHeader;
import dev.scr.softswitch.naming.PipelineNames.ParamName;
import dev.scr.softswitch.naming.PipelineNames.ProfileName;
import dev.scr.softswitch.naming.PipelineNames.TableName;
import dev.scr.softswitch.naming.PipelineNames.ValueSetName;
import dev.scr.softswitch.program.ActionNode;
import dev.scr.softswitch.program.Program;
import dev.scr.softswitch.state.ActionProfile;
import dev.scr.softswitch.state.PipelineState;
import dev.scr.softswitch.state.RegisterArray;
import dev.scr.softswitch.state.ValueSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p4.config.v1.Action;
import org.p4.config.v1.ControllerPacketMetadata;
import org.p4.config.v1.MatchField;
import org.p4.config.v1.P4Info;
import org.p4.config.v1.Preamble;

/** Joins a P4Info with a program by name, and refuses pairs that do not fit. */
public final class NameJoin {

  private static final int BITS_PER_BYTE = 8;

  private final P4Info info;
  private final Program program;
  private final PipelineState state;
  private final Map<Integer, Preamble> seen = new HashMap<>();

  private NameJoin(P4Info info, Program program) {
    this.info = info;
    this.program = program;
    state = program.state();
  }

  /**
   * Joins the two.
   *
   * @throws PipelineException if the P4Info names something that the program does not have, or has
   *     otherwise; or uses an id twice
   */
  public static PipelineNames join(P4Info info, Program program) {
    return new NameJoin(info, program).join();
  }

  private PipelineNames join() {
    Map<Integer, ActionName> actions = new LinkedHashMap<>();
    info.getActionsList()
        .forEach(action -> {
          int id = id(action.getPreamble());
          action(action).ifPresent(name -> actions.put(id, name));
        });
    Map<Integer, ProfileName> profiles = new LinkedHashMap<>();
    info.getActionProfilesList()
        .forEach(profile -> profiles.put(id(profile.getPreamble()), profile(profile)));
    TableJoin tables = new TableJoin(info, program, actions);
    Map<Integer, TableName> tableNames = new LinkedHashMap<>();
    info.getTablesList()
        .forEach(table -> {
          int id = id(table.getPreamble());
          tables.join(table).ifPresent(name -> tableNames.put(id, name));
        });
    requireSomeTable(tableNames.size());
    PipelineNames names =
        new PipelineNames(
            info,
            tableNames,
            actions,
            profiles,
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            packetHeader("packet_in"),
            packetHeader("packet_out"));
    counters(names);
    meters(names);
    registers(names);
    info.getValueSetsList()
        .forEach(set -> names.valueSets().put(id(set.getPreamble()), valueSet(set)));
    digests(names);
    return names;
  }

  /**
   * p4c leaves tables out that nothing applies, but not all of them: then it is another program's.
   */
  private void requireSomeTable(int joined) {
    if (joined == 0 && info.getTablesCount() > 0) {
      throw new PipelineMismatch(
          place("table", info.getTables(0).getPreamble().getName()),
          "the JSON has no table of that name, nor any other of the P4Info's "
              + info.getTablesCount());
    }
  }

  /** Where messages point to. */
  static String place(String kind, String name) {
    return "P4Info: " + kind + " \"" + name + "\"";
  }

  private int id(Preamble preamble) {
    int id = preamble.getId();
    Preamble other = seen.putIfAbsent(id, preamble);
    if (id == 0 || other != null) {
      throw new PipelineMismatch(
          place("object", preamble.getName()),
          id == 0 ? "expected an id other than 0" : "has the id of \"" + other.getName() + "\"");
    }
    return id;
  }

  private static <V> V find(Map<String, V> objects, String kind, String name) {
    V object = objects.get(name);
    if (object == null) {
      throw new PipelineMismatch(place(kind, name), "the JSON has no " + kind + " of that name");
    }
    return object;
  }

  private static void same(String place, String what, long inInfo, long inJson) {
    if (inInfo != inJson) {
      throw new PipelineMismatch(
          place, what + " is " + inInfo + " in the P4Info and " + inJson + " in the JSON");
    }
  }

  /** An action; none if the program has no table left that uses it. */
  private Optional<ActionName> action(Action action) {
    String name = action.getPreamble().getName();
    String place = place("action", name);
    ActionNode node = null;
    for (ActionNode candidate : program.actions()) {
      node = candidate.name().equals(name) ? candidate : node;
    }
    if (node == null) {
      return Optional.empty();
    }
    same(place, "number of parameters", action.getParamsCount(), node.parameters().size());
    List<ParamName> params = new ArrayList<>();
    for (int i = 0; i < action.getParamsCount(); i++) {
      Action.Param param = action.getParams(i);
      ActionNode.Parameter parameter = node.parameters().get(i);
      if (!param.getName().equals(parameter.name())) {
        throw new PipelineMismatch(
            place,
            "parameter "
                + i
                + " is \""
                + param.getName()
                + "\" in the P4Info and \""
                + parameter.name()
                + "\" in the JSON");
      }
      // Without a width, the type is one that only the program knows.
      if (!param.hasTypeName() && param.getBitwidth() != 0) {
        same(
            place,
            "width of parameter \"" + param.getName() + "\"",
            param.getBitwidth(),
            parameter.bits());
      }
      params.add(new ParamName(param.getId(), param.getName(), parameter.bits()));
    }
    return Optional.of(new ActionName(action.getPreamble().getId(), name, params));
  }

  private ProfileName profile(org.p4.config.v1.ActionProfile profile) {
    String name = profile.getPreamble().getName();
    ActionProfile found = find(state.profiles(), "action profile", name);
    if (profile.getWithSelector() != found.hasSelector()) {
      throw new PipelineMismatch(
          place("action profile", name),
          "with_selector is "
              + profile.getWithSelector()
              + " in the P4Info and "
              + found.hasSelector()
              + " in the JSON");
    }
    return new ProfileName(
        profile.getPreamble().getId(),
        name,
        found,
        profile.getTableIdsList(),
        profile.getMaxGroupSize());
  }

  private void counters(PipelineNames names) {
    info.getCountersList()
        .forEach(counter -> {
          String name = counter.getPreamble().getName();
          var array = find(state.counters(), "counter array", name);
          same(place("counter", name), "size", counter.getSize(), array.size());
          names.counters().put(id(counter.getPreamble()), array);
        });
    info.getDirectCountersList()
        .forEach(counter -> {
          TableName table = directTable(names, counter.getPreamble(), counter.getDirectTableId());
          if (!table.state().withCounters()) {
            throw new PipelineMismatch(
                place("direct counter", counter.getPreamble().getName()),
                "table \"" + table.name() + "\" has no counters in the JSON");
          }
          names.directCounterTables().put(id(counter.getPreamble()), table.id());
        });
  }

  private static TableName directTable(PipelineNames names, Preamble preamble, int tableId) {
    TableName table = names.tables().get(tableId);
    if (table == null) {
      throw new PipelineMismatch(
          place("direct resource", preamble.getName()), "there is no table with id " + tableId);
    }
    return table;
  }

  private void meters(PipelineNames names) {
    info.getMetersList()
        .forEach(meter -> {
          String name = meter.getPreamble().getName();
          var array = find(state.meters(), "meter array", name);
          same(place("meter", name), "size", meter.getSize(), array.size());
          names.meters().put(id(meter.getPreamble()), array);
        });
    info.getDirectMetersList()
        .forEach(meter -> {
          TableName table = directTable(names, meter.getPreamble(), meter.getDirectTableId());
          if (table.state().directMeter().isEmpty()) {
            throw new PipelineMismatch(
                place("direct meter", meter.getPreamble().getName()),
                "table \"" + table.name() + "\" has no meters in the JSON");
          }
          names.directMeterTables().put(id(meter.getPreamble()), table.id());
        });
  }

  private void registers(PipelineNames names) {
    info.getRegistersList()
        .forEach(register -> {
          String name = register.getPreamble().getName();
          String place = place("register", name);
          RegisterArray array = find(state.registers(), "register array", name);
          same(place, "size", register.getSize(), array.size());
          var type = register.getTypeSpec().getBitstring();
          if (type.hasBit()) {
            same(place, "width", type.getBit().getBitwidth(), array.bits());
          }
          names.registers().put(id(register.getPreamble()), array);
        });
  }

  private ValueSetName valueSet(org.p4.config.v1.ValueSet set) {
    String name = set.getPreamble().getName();
    ValueSet found = find(state.valueSets(), "parser value set", name);
    int bits = set.getMatchList().stream().mapToInt(MatchField::getBitwidth).sum();
    same(place("value set", name), "width", bits, found.bits());
    List<FieldName> fields =
        set.getMatchList().stream()
            .map(match ->
                new FieldName(
                    match.getId(), match.getName(), match.getBitwidth(), match.getMatchType()))
            .toList();
    List<Integer> used = program.valueSetWidths().get(name);
    List<Integer> widths = fields.stream().map(FieldName::bits).toList();
    if (used != null && !used.equals(widths)) {
      throw new PipelineMismatch(
          place("value set", name),
          "fields have widths " + widths + " in the P4Info and " + used + " in the JSON");
    }
    return new ValueSetName(set.getPreamble().getId(), name, found, fields, set.getSize());
  }

  private void digests(PipelineNames names) {
    info.getDigestsList()
        .forEach(digest -> {
          String name = digest.getPreamble().getName();
          Program.LearnList list =
              program.learnLists().values().stream()
                  .filter(candidate -> candidate.name().equals(name))
                  .findFirst()
                  .orElseThrow(() ->
                      new PipelineMismatch(
                          place("digest", name), "the JSON has no learn list of that name"));
          names.digests().put(id(digest.getPreamble()), list);
        });
  }

  private Optional<PacketHeader> packetHeader(String name) {
    for (ControllerPacketMetadata header : info.getControllerPacketMetadataList()) {
      if (header.getPreamble().getName().equals(name)) {
        List<FieldName> fields =
            header.getMetadataList().stream()
                .map(field ->
                    new FieldName(
                        field.getId(),
                        field.getName(),
                        field.getBitwidth(),
                        MatchField.MatchType.EXACT))
                .toList();
        int bits = fields.stream().mapToInt(FieldName::bits).sum();
        if (bits % BITS_PER_BYTE != 0) {
          throw new PipelineMismatch(
              place("controller packet metadata", name), "expected whole bytes, found " + bits);
        }
        return Optional.of(new PacketHeader(fields));
      }
    }
    return Optional.empty();
  }
}
