package dev.scr.softswitch.stf;

import dev.scr.softswitch.EmbeddedSwitch;
import dev.scr.softswitch.SwitchPipeline;
import dev.scr.softswitch.packet.ActionData;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.program.ActionNode;
import dev.scr.softswitch.state.ActionCall;
import dev.scr.softswitch.state.EntryTarget;
import dev.scr.softswitch.state.FieldMatch;
import dev.scr.softswitch.state.KeyField;
import dev.scr.softswitch.state.MatchKind;
import dev.scr.softswitch.state.PipelineState;
import dev.scr.softswitch.state.Refused;
import dev.scr.softswitch.state.TableEntry;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The embedded switch as a target, driven by the names in the BMv2 JSON. Not thread-safe. */
public final class EmbeddedTarget implements StfTarget {

  // The highest priority of the switch wins, as in STF.
  private static final int LOWEST_PRIORITY = 1;

  private final EmbeddedSwitch device;
  private final SwitchPipeline pipeline;
  private final SwitchCommands commands;
  private final Map<String, TableEntry> labels = new HashMap<>();
  private long micros;

  /** A target that runs that pipeline on that switch, which nobody else uses. */
  public EmbeddedTarget(EmbeddedSwitch device, SwitchPipeline pipeline) {
    this.device = device;
    this.pipeline = pipeline;
    device.loadPipeline(pipeline);
    commands = new SwitchCommands(device, pipeline.program().state());
  }

  @Override
  public List<Frame> send(int port, byte[] bytes) {
    List<Frame> frames = new ArrayList<>();
    device.process(
        port,
        bytes,
        bytes.length,
        micros++,
        (out, data, offset, length) -> frames.add(new Frame(out, Bits.copy(data, offset, length))));
    return frames;
  }

  @Override
  public void configure(StfCommand command) {
    device.locked(() -> {
      try {
        switch (command) {
          case StfCommand.AddEntry add -> add(add);
          case StfCommand.SetDefault set -> setDefault(set);
          case StfCommand.SwitchCommand direct -> commands.run(direct);
          default -> throw new IllegalArgumentException("not a configuration: " + command);
        }
      } catch (Refused e) {
        throw new IllegalArgumentException(e.problem(), e);
      }
      return null;
    });
  }

  @Override
  public long counter(StfCommand.CheckCounter check) {
    return device.locked(() -> {
      TableEntry entry = labels.get(check.index().replace("$", ""));
      if (entry != null) {
        return check.bytes() ? entry.bytes : entry.packets;
      }
      return commands.counter(check.counter(), check.index(), check.bytes());
    });
  }

  private void add(StfCommand.AddEntry add) {
    PipelineState.Table table = table(add.table());
    List<KeyField> fields = table.table().shape().keyFields();
    Map<Integer, String> values = new HashMap<>();
    add.key().forEach((name, value) -> values.put(field(fields, name), value));
    List<FieldMatch> matches = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      matches.add(match(fields.get(i), values.get(i)));
    }
    int priority =
        table.table().shape().prioritized() ? LOWEST_PRIORITY + add.priority().orElse(0) : 0;
    TableEntry entry =
        table.table().insert(new TableEntry.Key(matches, priority), call(table, add.action()));
    add.label().ifPresent(label -> labels.put(label, entry));
  }

  private void setDefault(StfCommand.SetDefault set) {
    PipelineState.Table table = table(set.table());
    table.table().setDefault(call(table, set.action()), TableEntry.Metadata.NONE);
  }

  private PipelineState.Table table(String name) {
    Map<String, PipelineState.Table> tables = pipeline.program().state().tables();
    return found("table", tables, name);
  }

  private EntryTarget call(PipelineState.Table table, StfCommand.ActionCall call) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int number : table.actions()) {
      numbers.put(pipeline.program().actions().get(number).name(), number);
    }
    int number = found("action", numbers, call.action());
    List<BigInteger> data = new ArrayList<>();
    for (ActionNode.Parameter parameter : pipeline.program().actions().get(number).parameters()) {
      String value = call.arguments().get(parameter.name());
      if (value == null) {
        throw new IllegalArgumentException(
            "action " + call.action() + ": no value for parameter " + parameter.name());
      }
      data.add(Bits.lowBits(StfNumber.parse(value), parameter.bits()));
    }
    return new EntryTarget.Direct(new ActionCall(number, new ActionData(data)));
  }

  /** The object of that name, or the only one whose name ends with it. */
  static <V> V found(String kind, Map<String, V> objects, String wanted) {
    V object = objects.get(unique(kind, objects.keySet(), wanted));
    if (object == null) {
      throw new IllegalArgumentException("no " + kind + " " + wanted);
    }
    return object;
  }

  /** The name itself, or the only one that ends with it. */
  private static String unique(String kind, Set<String> names, String wanted) {
    if (names.contains(wanted)) {
      return wanted;
    }
    List<String> found = names.stream().filter(name -> name.endsWith("." + wanted)).toList();
    if (found.isEmpty()) {
      found = names.stream().filter(name -> name.endsWith(wanted)).toList();
    }
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          found.isEmpty()
              ? "no " + kind + " " + wanted + " among " + names
              : kind + " " + wanted + " could be " + found);
    }
    return found.getFirst();
  }

  /** The key field with that name, or one that STF tests call so. */
  private static int field(List<KeyField> fields, String written) {
    String name = written.replaceAll("\\$(\\d+)", "[$1]");
    List<Predicate<String>> rules =
        List.of(
            candidate -> candidate.equals(name),
            candidate -> candidate.equals(name + "$"),
            candidate -> candidate.equals(name + ".$valid$"),
            candidate ->
                name.endsWith(".valid")
                    && candidate.equals(name.replaceAll("valid$", "\\$valid\\$")),
            candidate -> candidate.endsWith("." + name) || candidate.endsWith("." + name + "$"),
            candidate ->
                name.equals("valid")
                    && (candidate.endsWith(".$valid$") || candidate.equals("$valid$")));
    for (Predicate<String> rule : rules) {
      for (int i = fields.size() - 1; i >= 0; i--) {
        if (rule.test(fields.get(i).name())) {
          return i;
        }
      }
    }
    throw new IllegalArgumentException("no key field " + written + " in " + fields);
  }

  private static FieldMatch match(KeyField field, @Nullable String value) {
    if (value == null) {
      return field.kind() == MatchKind.EXACT || field.kind() == MatchKind.VALID
          ? new FieldMatch.Exact(BigInteger.ZERO)
          : FieldMatch.any(field.kind(), field.bits());
    }
    String[] parts = value.split("/", 2);
    BigInteger number = Bits.lowBits(StfNumber.parse(parts[0]), field.bits());
    return switch (field.kind()) {
      case EXACT, VALID -> new FieldMatch.Exact(number);
      case LPM -> {
        int length =
            parts.length == 2
                ? StfNumber.parse(parts[1]).intValue()
                : StfNumber.prefixLength(parts[0], field.bits());
        yield new FieldMatch.Lpm(number.and(FieldMatch.prefixMask(length, field.bits())), length);
      }
      case TERNARY, OPTIONAL -> {
        BigInteger mask = StfNumber.mask(parts[0], field.bits());
        yield new FieldMatch.Ternary(number.and(mask), mask);
      }
      case RANGE -> new FieldMatch.Range(number, number);
    };
  }
}
