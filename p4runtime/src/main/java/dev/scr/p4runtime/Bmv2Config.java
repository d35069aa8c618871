package dev.scr.p4runtime;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A device configuration for BMv2 (p4c's JSON), looked at before it is pushed.
 *
 * <p>BMv2 answers OK to a JSON that it cannot run, and after one that it cannot parse it refuses
 * every later push until it is restarted. So whoever pushes checks first. This is a check, not a
 * loader: it finds files that are broken, of another format version, or of another program than the
 * P4Info.
 */
public final class Bmv2Config {
  private static final int MAJOR = 2;
  private static final int NEWEST_MINOR = 24;
  private static final List<String> STANDARD_METADATA =
      List.of("ingress_port", "packet_length", "instance_type", "egress_spec", "egress_port");
  private static final List<String> SELECTABLE =
      List.of("field", "stack_field", "union_stack_field", "lookahead");
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final String source;
  private final JsonNode root;
  private final P4InfoIndex info;
  private final List<String> missing = new ArrayList<>();

  private Bmv2Config(String source, JsonNode root, P4InfoIndex info) {
    this.source = source;
    this.root = root;
    this.info = info;
  }

  /**
   * Checks a device configuration, by itself and against its P4Info.
   *
   * @param source what messages call it, as in a file's name
   * @throws BadPipeline if a switch should not get it
   */
  public static void check(String source, byte[] json, P4InfoIndex info) {
    Bmv2Config config = new Bmv2Config(source, parse(source, json), info);
    config.checkVersion();
    config.checkStandardMetadata();
    config.checkSelects();
    config.checkNames();
  }

  private static JsonNode parse(String source, byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (!root.isObject()) {
        throw new BadPipeline(source + ": expected BMv2 JSON, an object; found " + kind(root));
      }
      return root;
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String position = at == null ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
      throw new BadPipeline(
          source + position + ": expected BMv2 JSON; found: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new BadPipeline(source + ": expected BMv2 JSON; found: " + e.getMessage());
    }
  }

  private void checkVersion() {
    JsonNode version = root.path("__meta__").path("version");
    boolean known =
        version.size() == 2
            && version.path(0).asInt(-1) == MAJOR
            && version.path(1).asInt(Integer.MAX_VALUE) <= NEWEST_MINOR;
    if (!known) {
      throw new BadPipeline(
          source
              + ": __meta__.version: expected ["
              + MAJOR
              + ",0] to ["
              + MAJOR
              + ","
              + NEWEST_MINOR
              + "]; found "
              + (version.isMissingNode() ? "nothing" : version)
              + "; compile with p4c --target bmv2 --arch v1model");
    }
  }

  private void checkStandardMetadata() {
    String type =
        named("headers")
            .getOrDefault("standard_metadata", MissingNode.getInstance())
            .path("header_type")
            .asText();
    List<String> fields = new ArrayList<>();
    named("header_types")
        .getOrDefault(type, MissingNode.getInstance())
        .path("fields")
        .forEach(f -> fields.add(f.path(0).asText()));
    List<String> absent =
        STANDARD_METADATA.stream().filter(field -> !fields.contains(field)).toList();
    if (!absent.isEmpty()) {
      throw new BadPipeline(
          source
              + ": headers: expected standard_metadata with "
              + String.join(", ", STANDARD_METADATA)
              + "; found none of "
              + absent);
    }
  }

  /** p4c compiles a select on a constant, and BMv2 then loads nothing and says OK. */
  private void checkSelects() {
    for (JsonNode parser : root.path("parsers")) {
      for (JsonNode state : parser.path("parse_states")) {
        for (JsonNode key : state.path("transition_key")) {
          String type = key.path("type").asText();
          if (!SELECTABLE.contains(type)) {
            throw new BadPipeline(
                source
                    + ": parser "
                    + parser.path("name").asText()
                    + ": state "
                    + state.path("name").asText()
                    + ": expected a transition_key of "
                    + String.join(", ", SELECTABLE)
                    + "; found "
                    + type
                    + "; do not select on constants");
          }
        }
      }
    }
  }

  private void checkNames() {
    Map<String, JsonNode> tables = new LinkedHashMap<>();
    root.path("pipelines")
        .forEach(p -> p.path("tables").forEach(t -> tables.put(t.path("name").asText(), t)));
    Map<String, JsonNode> actions = named("actions");
    Map<String, JsonNode> counters = named("counter_arrays");
    Map<String, JsonNode> registers = named("register_arrays");
    info.tables().all().forEach(table -> checkTable(table, tables));
    info.actions().all().forEach(action -> checkAction(action, actions));
    info.counters().all().forEach(counter -> expect(counters, "counter", counter.name()));
    info.directCounters()
        .all()
        .forEach(counter -> expect(counters, "direct counter", counter.name()));
    info.registers().all().forEach(register -> expect(registers, "register", register.name()));
    if (!missing.isEmpty()) {
      throw new BadPipeline(
          source
              + ": expected everything that "
              + info.source()
              + " names; found no "
              + String.join(", no ", missing)
              + "; are the two of the same program and compilation?");
    }
  }

  private void checkTable(P4Object.Table table, Map<String, JsonNode> tables) {
    JsonNode found = tables.get(table.name());
    if (found == null) {
      missing.add("table " + table.name());
      return;
    }
    List<String> keys = new ArrayList<>();
    found.path("key").forEach(key -> keys.add(key.path("name").asText()));
    List<String> fields = table.fields().all().stream().map(P4Object::name).toList();
    if (!keys.equals(fields)) {
      missing.add("table " + table.name() + " with key " + fields + " (its key is " + keys + ")");
    }
  }

  private void checkAction(P4Object.Action action, Map<String, JsonNode> actions) {
    JsonNode found = actions.get(action.name());
    if (found == null) {
      missing.add("action " + action.name());
      return;
    }
    List<String> parameters = new ArrayList<>();
    found
        .path("runtime_data")
        .forEach(p -> parameters.add(p.path("name").asText() + ":" + p.path("bitwidth").asInt()));
    List<String> expected =
        action.params().all().stream().map(p -> p.name() + ":" + p.bitwidth()).toList();
    if (!parameters.equals(expected)) {
      missing.add(
          "action "
              + action.name()
              + " with parameters "
              + expected
              + " (it has "
              + parameters
              + ")");
    }
  }

  private void expect(Map<String, JsonNode> objects, String kind, String name) {
    if (!objects.containsKey(name)) {
      missing.add(kind + " " + name);
    }
  }

  private Map<String, JsonNode> named(String array) {
    Map<String, JsonNode> byName = new LinkedHashMap<>();
    root.path(array).forEach(object -> byName.put(object.path("name").asText(), object));
    return byName;
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "an array";
      case STRING -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case NULL -> "null";
      case MISSING -> "an empty file";
      case OBJECT, BINARY, POJO -> "something else";
    };
  }
}
