package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.ArithLeaf;
import dev.scr.softswitch.expression.HeaderExpr;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.Operand;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.json.UnsupportedPipeline;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.state.ActionCall;
import dev.scr.softswitch.state.ActionProfile;
import dev.scr.softswitch.state.EntryTarget;
import dev.scr.softswitch.state.FieldMatch;
import dev.scr.softswitch.state.KeyField;
import dev.scr.softswitch.state.MatchKind;
import dev.scr.softswitch.state.MatchTable;
import dev.scr.softswitch.state.MeterArray;
import dev.scr.softswitch.state.PipelineState;
import dev.scr.softswitch.state.Refused;
import dev.scr.softswitch.state.TableEntry;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tables of the file to table nodes, with the entries that the program wrote. */
final class TableResolver {

  private final PipelineJson json;
  private final PrimitiveResolver.Scope scope;
  private final ProgramActions actions;
  private final StateResolver states;
  private final ExpressionResolver expressions;
  private final PrimitiveResolver primitives;
  private final Map<String, TableNode.Profile> profiles = new HashMap<>();

  TableResolver(
      PipelineJson json,
      PrimitiveResolver.Scope scope,
      ProgramActions actions,
      StateResolver states) {
    this.json = json;
    this.scope = scope;
    this.actions = actions;
    this.states = states;
    expressions = new ExpressionResolver(scope.symbols(), scope.state().registers(), List.of());
    primitives = new PrimitiveResolver(scope, List.of());
  }

  TableNode node(String where, PipelineJson.Table table, TableNode.Ways ways) {
    List<KeyPart> parts = new ArrayList<>();
    List<KeyField> fields = new ArrayList<>();
    int offset = 0;
    for (int i = 0; i < table.key().size(); i++) {
      KeyPart part = keyPart(where + ": key " + i, table.key().get(i), offset);
      parts.add(part);
      fields.add(keyField(where + ": key " + i, table.key().get(i), part));
      offset += part.words();
    }
    checkKinds(where, fields);
    MatchTable.Shape shape = shape(where, table, fields);
    MatchTable entries = table(where, table, shape);
    TableNode.DirectMeter meter = directMeter(where, table);
    TableNode.Profile profile = profile(where, table);
    addEntries(where, table, entries);
    List<Integer> numbers = actionNumbers(where, table);
    PipelineState.Table state =
        new PipelineState.Table(
            entries,
            numbers,
            Optional.ofNullable(profile).map(TableNode.Profile::profile),
            table.withCounters(),
            Optional.ofNullable(meter).map(TableNode.DirectMeter::array),
            table.supportTimeout());
    if (scope.state().tables().putIfAbsent(table.name(), state) != null) {
      throw new MalformedPipeline(where, "two tables of that name");
    }
    return new TableNode(entries, parts, actions.all(), ways, profile, meter);
  }

  List<Integer> actionNumbers(String where, PipelineJson.Table table) {
    if (!table.actionIds().isEmpty()) {
      return table.actionIds().stream().map(id -> actions.number(where, id)).toList();
    }
    List<Integer> numbers = new ArrayList<>();
    for (String name : table.actionNames()) {
      int found = -1;
      for (int i = 0; i < actions.size(); i++) {
        found = actions.node(i).name().equals(name) ? i : found;
      }
      if (found < 0) {
        throw Symbols.dangling(where, "action", name);
      }
      numbers.add(found);
    }
    return numbers;
  }

  private KeyPart keyPart(String where, PipelineJson.Key key, int offset) {
    if (key.target() instanceof Operand.Reference reference) {
      if (!key.matchType().equals("valid")) {
        throw new MalformedPipeline(where, "expected a field as target");
      }
      int header = scope.symbols().header(where, reference.name());
      return new KeyPart(
          new ArithLeaf.ValidBit(new HeaderExpr.Static(header)), -1, offset, 1, null);
    }
    if (!(key.target() instanceof Operand.Field reference)) {
      throw new MalformedPipeline(where, "expected a field as target");
    }
    Symbols.FieldRef ref = scope.symbols().field(where, reference);
    Arith value = expressions.field(where, reference);
    int header = ref.field().isEmpty() ? -1 : ref.header();
    int bits = ref.field().isEmpty() ? 1 : ref.field().get().bits();
    long[] mask = null;
    if (key.mask().isPresent()) {
      mask = new long[Bits.words(bits)];
      Bits.toWords(Bits.lowBits(key.mask().get(), bits), mask, 0, mask.length);
    }
    return new KeyPart(value, header, offset, bits, mask);
  }

  private static KeyField keyField(String where, PipelineJson.Key key, KeyPart part) {
    MatchKind kind = kind(where, key.matchType());
    String target =
        switch (key.target()) {
          case Operand.Field field -> field.header() + "." + field.field();
          case Operand.Reference reference -> reference.name();
          default -> "";
        };
    return new KeyField(key.name().orElse(target), kind, part.bits());
  }

  private static MatchKind kind(String where, String matchType) {
    return switch (matchType) {
      case "exact" -> MatchKind.EXACT;
      case "lpm" -> MatchKind.LPM;
      case "ternary" -> MatchKind.TERNARY;
      case "range" -> MatchKind.RANGE;
      case "optional" -> MatchKind.OPTIONAL;
      case "valid" -> MatchKind.VALID;
      default ->
          throw new UnsupportedPipeline(where, "unsupported match type \"" + matchType + "\"");
    };
  }

  private static void checkKinds(String where, List<KeyField> fields) {
    if (fields.stream().filter(field -> field.kind() == MatchKind.LPM).count() > 1) {
      throw new MalformedPipeline(where, "expected at most one lpm key field");
    }
  }

  private static MatchTable.Shape shape(
      String where, PipelineJson.Table table, List<KeyField> fields) {
    switch (table.matchType()) {
      case "exact", "lpm", "ternary", "range", "optional" -> {}
      default ->
          throw new UnsupportedPipeline(
              where, "unsupported match type \"" + table.matchType() + "\"");
    }
    if (table.maxSize().isEmpty() && table.entries().isEmpty()) {
      throw new MalformedPipeline(where, "expected \"max_size\" or \"entries\"");
    }
    int size = table.entries().map(List::size).orElseGet(() -> table.maxSize().orElseThrow());
    return new MatchTable.Shape(table.name(), fields, size, table.entries().isPresent());
  }

  private MatchTable table(String where, PipelineJson.Table table, MatchTable.Shape shape) {
    if (table.defaultEntry().isEmpty()) {
      return new MatchTable(shape, null, false);
    }
    PipelineJson.DefaultEntry entry = table.defaultEntry().get();
    if (entry.actionConst() && !table.type().equals("simple")) {
      throw new MalformedPipeline(where, "only a simple table can have a constant default action");
    }
    ActionCall call = actions.call(where + ": default_entry", entry.actionId(), entry.data());
    checkAllowed(where + ": default_entry", table, call);
    boolean fixed = entry.entryConst() || entry.actionConst();
    return new MatchTable(shape, new EntryTarget.Direct(call), fixed);
  }

  private void checkAllowed(String where, PipelineJson.Table table, ActionCall call) {
    if (!actionNumbers(where, table).contains(call.action())) {
      throw new MalformedPipeline(
          where, "the table has no action \"" + actions.node(call.action()).name() + "\"");
    }
  }

  private TableNode.@Nullable DirectMeter directMeter(String where, PipelineJson.Table table) {
    if (table.directMeters().isEmpty()) {
      return null;
    }
    String name = table.directMeters().get();
    for (PipelineJson.MeterArray array : json.meterArrays()) {
      if (array.name().equals(name) && array.resultTarget().isPresent()) {
        MeterArray meters = scope.state().meters().get(name);
        Place result = primitives.place(where, array.resultTarget().get());
        if (meters != null) {
          return new TableNode.DirectMeter(meters, result);
        }
      }
    }
    throw Symbols.dangling(where, "direct meter array", name);
  }

  private TableNode.@Nullable Profile profile(String where, PipelineJson.Table table) {
    switch (table.type()) {
      case "simple" -> {
        return null;
      }
      case "indirect", "indirect_ws" -> {}
      default ->
          throw new UnsupportedPipeline(where, "unsupported table type \"" + table.type() + "\"");
    }
    String name =
        table
            .actionProfile()
            .orElseThrow(() -> new MalformedPipeline(where, "expected \"action_profile\""));
    ActionProfile profile = scope.state().profiles().get(name);
    if (profile == null) {
      throw Symbols.dangling(where, "action profile", name);
    }
    if (table.type().equals("indirect_ws") && !profile.hasSelector()) {
      throw new MalformedPipeline(where, "action profile \"" + name + "\" has no selector");
    }
    return profiles.computeIfAbsent(
        name, _ -> new TableNode.Profile(profile, selector(where, name)));
  }

  private @Nullable Calculation selector(String where, String profile) {
    for (PipelineJson.Pipeline pipeline : json.pipelines()) {
      for (PipelineJson.ActionProfile candidate : pipeline.actionProfiles()) {
        if (candidate.name().equals(profile) && candidate.selector().isPresent()) {
          PipelineJson.Selector selector = candidate.selector().get();
          return states.calculation(where, profile, selector.algorithm(), selector.inputs());
        }
      }
    }
    return null;
  }

  private void addEntries(String where, PipelineJson.Table table, MatchTable entries) {
    if (table.entries().isEmpty()) {
      return;
    }
    if (!table.type().equals("simple")) {
      throw new MalformedPipeline(where, "only a simple table can have entries in the program");
    }
    List<PipelineJson.Entry> written = table.entries().get();
    int lowest = written.stream().mapToInt(PipelineJson.Entry::priority).max().orElse(0);
    boolean prioritized = entries.shape().prioritized();
    for (int i = 0; i < written.size(); i++) {
      String at = where + ": entries[" + i + "]";
      PipelineJson.Entry entry = written.get(i);
      ActionCall call = actions.call(at, entry.actionId(), entry.data());
      checkAllowed(at, table, call);
      // In the file the lowest number wins, in the switch the highest.
      int priority = prioritized ? Math.max(1, lowest - entry.priority() + 1) : 0;
      TableEntry.Key key = new TableEntry.Key(match(at, entries, entry), priority);
      try {
        entries.insert(key, new EntryTarget.Direct(call));
      } catch (Refused e) {
        throw new MalformedPipeline(at, e.problem());
      }
    }
    entries.seal();
  }

  private static List<FieldMatch> match(String where, MatchTable table, PipelineJson.Entry entry) {
    List<KeyField> fields = table.shape().keyFields();
    if (fields.size() != entry.key().size()) {
      throw new MalformedPipeline(
          where, "expected " + fields.size() + " key fields, found " + entry.key().size());
    }
    List<FieldMatch> matches = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      matches.add(match(where + ": match_key[" + i + "]", fields.get(i), entry.key().get(i)));
    }
    return matches;
  }

  private static FieldMatch match(String where, KeyField field, PipelineJson.KeyValue key) {
    if (kind(where, key.matchType()) != field.kind()) {
      throw new MalformedPipeline(
          where, "expected match type " + field.kind() + ", found \"" + key.matchType() + "\"");
    }
    BigInteger value = Bits.lowBits(key.value(), field.bits());
    BigInteger second = Bits.lowBits(key.second(), field.bits());
    return switch (field.kind()) {
      case EXACT, VALID -> new FieldMatch.Exact(value);
      case TERNARY, OPTIONAL -> new FieldMatch.Ternary(value.and(second), second);
      case RANGE -> new FieldMatch.Range(value, second);
      case LPM -> {
        int length = key.prefixLength().orElse(0);
        if (length > field.bits()) {
          throw new MalformedPipeline(
              where, "expected a prefix length up to " + field.bits() + ", found " + length);
        }
        yield new FieldMatch.Lpm(value.and(FieldMatch.prefixMask(length, field.bits())), length);
      }
    };
  }
}
