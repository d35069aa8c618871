package dev.scr.softswitch.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.scr.softswitch.json.PipelineJson.ActionProfile;
import dev.scr.softswitch.json.PipelineJson.Conditional;
import dev.scr.softswitch.json.PipelineJson.DefaultEntry;
import dev.scr.softswitch.json.PipelineJson.Entry;
import dev.scr.softswitch.json.PipelineJson.KeyValue;
import dev.scr.softswitch.json.PipelineJson.Pipeline;
import dev.scr.softswitch.json.PipelineJson.Selector;
import dev.scr.softswitch.json.PipelineJson.Table;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads the "pipelines" section: tables, conditionals, action profiles, action calls. */
final class ControlReader {

  private ControlReader() {}

  static Pipeline pipeline(JsonCursor at) {
    return new Pipeline(
        at.at("name").text(),
        at.at("id").integer(),
        at.optionalText("init_table"),
        at.at("tables").list(ControlReader::table),
        at.at("action_profiles").list(ControlReader::actionProfile),
        at.at("conditionals").list(ControlReader::conditional),
        at.at("action_calls").list(ControlReader::actionCall));
  }

  private static Table table(JsonCursor at) {
    if (at.has("act_prof_name")) {
      throw new UnsupportedPipeline(at.place(), "unsupported key \"act_prof_name\" (format 1)");
    }
    return new Table(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("match_type").text(),
        at.at("type").text(),
        at.optionalText("action_profile"),
        at.has("max_size") ? OptionalInt.of(at.at("max_size").natural()) : OptionalInt.empty(),
        at.bool("with_counters", false),
        at.bool("support_timeout", false),
        at.optionalText("direct_meters"),
        at.at("key").list(ControlReader::key),
        at.at("action_ids").list(JsonCursor::integer),
        at.at("actions").list(JsonCursor::text),
        at.optionalText("base_default_next"),
        nextNodes(at.at("next_tables")),
        at.has("default_entry")
            ? Optional.of(defaultEntry(at.at("default_entry")))
            : Optional.empty(),
        at.has("entries")
            ? Optional.of(at.at("entries").list(ControlReader::entry))
            : Optional.empty());
  }

  private static Map<String, Optional<String>> nextNodes(JsonCursor at) {
    if (!at.isObject()) {
      throw at.expected("an object from action names to node names");
    }
    Map<String, Optional<String>> next = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> property : at.node().properties()) {
      next.put(property.getKey(), at.optionalText(property.getKey()));
    }
    return Map.copyOf(next);
  }

  private static PipelineJson.Key key(JsonCursor at) {
    String matchType = at.at("match_type").text();
    JsonCursor target = at.at("target");
    Operand field =
        target.isText()
            ? new Operand.Reference(Operand.Kind.HEADER, target.text())
            : OperandReader.field(target);
    return new PipelineJson.Key(
        matchType,
        field,
        at.has("mask") ? Optional.of(at.at("mask").hex()) : Optional.empty(),
        at.optionalText("name"));
  }

  private static DefaultEntry defaultEntry(JsonCursor at) {
    return new DefaultEntry(
        at.at("action_id").integer(),
        at.bool("action_const", false),
        at.at("action_data").list(JsonCursor::hex),
        at.bool("action_entry_const", false));
  }

  private static Entry entry(JsonCursor at) {
    JsonCursor action = at.at("action_entry");
    return new Entry(
        at.at("match_key").list(ControlReader::keyValue),
        action.at("action_id").integer(),
        action.at("action_data").list(JsonCursor::hex),
        at.has("priority") ? at.at("priority").integer() : 0);
  }

  private static KeyValue keyValue(JsonCursor at) {
    String type = at.at("match_type").text();
    return switch (type) {
      case "exact" -> new KeyValue(type, at.at("key").hex(), BigInteger.ZERO, OptionalInt.empty());
      case "valid" ->
          new KeyValue(
              type,
              at.at("key").bool() ? BigInteger.ONE : BigInteger.ZERO,
              BigInteger.ZERO,
              OptionalInt.empty());
      case "lpm" ->
          new KeyValue(
              type,
              at.at("key").hex(),
              BigInteger.ZERO,
              OptionalInt.of(at.at("prefix_length").natural()));
      case "ternary", "optional" ->
          new KeyValue(type, at.at("key").hex(), at.at("mask").hex(), OptionalInt.empty());
      case "range" ->
          new KeyValue(type, at.at("start").hex(), at.at("end").hex(), OptionalInt.empty());
      default ->
          throw new UnsupportedPipeline(at.place(), "unsupported match type \"" + type + "\"");
    };
  }

  private static ActionProfile actionProfile(JsonCursor at) {
    return new ActionProfile(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("max_size").integer(),
        at.has("selector") ? Optional.of(selector(at.at("selector"))) : Optional.empty());
  }

  private static Selector selector(JsonCursor at) {
    return new Selector(
        at.at("algo").text(), at.at("input").list(PipelineJsonReader::calculationInput));
  }

  private static Conditional conditional(JsonCursor at) {
    if (!at.node().has("true_next") && !at.node().has("false_next")) {
      throw at.expected("a key \"true_next\" or \"false_next\"");
    }
    return new Conditional(
        at.at("name").text(),
        at.at("id").integer(),
        OperandReader.read(at.at("expression")),
        at.optionalText("true_next"),
        at.optionalText("false_next"));
  }

  private static PipelineJson.ActionCall actionCall(JsonCursor at) {
    return new PipelineJson.ActionCall(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("action_id").integer(),
        at.optionalText("next_node"));
  }
}
