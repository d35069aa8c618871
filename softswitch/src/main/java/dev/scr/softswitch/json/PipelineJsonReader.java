package dev.scr.softswitch.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.scr.softswitch.json.PipelineJson.Action;
import dev.scr.softswitch.json.PipelineJson.Calculation;
import dev.scr.softswitch.json.PipelineJson.CalculationInput;
import dev.scr.softswitch.json.PipelineJson.Checksum;
import dev.scr.softswitch.json.PipelineJson.CounterArray;
import dev.scr.softswitch.json.PipelineJson.Deparser;
import dev.scr.softswitch.json.PipelineJson.ErrorCode;
import dev.scr.softswitch.json.PipelineJson.Extern;
import dev.scr.softswitch.json.PipelineJson.Field;
import dev.scr.softswitch.json.PipelineJson.FieldAlias;
import dev.scr.softswitch.json.PipelineJson.FieldList;
import dev.scr.softswitch.json.PipelineJson.Header;
import dev.scr.softswitch.json.PipelineJson.HeaderStack;
import dev.scr.softswitch.json.PipelineJson.HeaderType;
import dev.scr.softswitch.json.PipelineJson.LearnList;
import dev.scr.softswitch.json.PipelineJson.MeterArray;
import dev.scr.softswitch.json.PipelineJson.Parameter;
import dev.scr.softswitch.json.PipelineJson.RegisterArray;
import dev.scr.softswitch.json.PipelineJson.Union;
import dev.scr.softswitch.json.PipelineJson.UnionMember;
import dev.scr.softswitch.json.PipelineJson.UnionStack;
import dev.scr.softswitch.json.PipelineJson.UnionType;
import dev.scr.softswitch.json.PipelineJson.ValueSet;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads a BMv2 JSON file into {@link PipelineJson}. Safe to use from any thread. */
public final class PipelineJsonReader {

  private static final int MAJOR = 2;
  private static final int NEWEST_MINOR = 24;
  // Bounds the recursion over expressions, so that no file can overflow the stack.
  private static final int DEEPEST = 1000;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
              .build());

  private PipelineJsonReader() {}

  /**
   * Reads a file's bytes.
   *
   * @param file what to call the file in messages
   * @throws PipelineException if the bytes are not BMv2 JSON of a supported version
   */
  public static PipelineJson read(String file, byte[] json) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new MalformedPipeline(file, "not JSON: " + oneLine(e));
    } catch (IOException e) {
      throw new MalformedPipeline(file, "not JSON: " + e.getMessage());
    }
    JsonCursor at = new JsonCursor(file, root == null ? MissingNode.getInstance() : root);
    if (!at.isObject()) {
      throw at.expected("a JSON object");
    }
    checkVersion(at);
    return root(file, at);
  }

  private static String oneLine(JsonProcessingException e) {
    String line = e.getOriginalMessage().lines().findFirst().orElse("");
    return e.getLocation() == null
        ? line
        : line
            + " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ")";
  }

  /** Files without a version are accepted, as BMv2 does. */
  private static void checkVersion(JsonCursor root) {
    if (!root.has("__meta__") || !root.at("__meta__").has("version")) {
      return;
    }
    JsonCursor version = root.at("__meta__").at("version").tuple(2);
    int major = version.at(0).integer();
    int minor = version.at(1).integer();
    if (major != MAJOR || minor < 0 || minor > NEWEST_MINOR) {
      throw new UnsupportedPipeline(
          version.place(),
          "expected a format version from 2.0 to "
              + MAJOR
              + "."
              + NEWEST_MINOR
              + ", found "
              + major
              + "."
              + minor
              + "; compile the program with a p4c of that range");
    }
  }

  private static PipelineJson root(String file, JsonCursor root) {
    return new PipelineJson(
        file,
        root.at("header_types").list(PipelineJsonReader::headerType),
        root.at("headers").list(PipelineJsonReader::header),
        root.at("header_stacks").list(PipelineJsonReader::headerStack),
        root.at("header_union_types").list(PipelineJsonReader::unionType),
        root.at("header_unions").list(PipelineJsonReader::union),
        root.at("header_union_stacks").list(PipelineJsonReader::unionStack),
        root.at("field_lists").list(PipelineJsonReader::fieldList),
        root.at("errors").list(PipelineJsonReader::errorCode),
        root.at("parsers").list(ParserReader::parser),
        root.at("parse_vsets").list(PipelineJsonReader::valueSet),
        root.at("deparsers").list(PipelineJsonReader::deparser),
        root.at("meter_arrays").list(PipelineJsonReader::meterArray),
        root.at("counter_arrays").list(PipelineJsonReader::counterArray),
        root.at("register_arrays").list(PipelineJsonReader::registerArray),
        root.at("calculations").list(PipelineJsonReader::calculation),
        root.at("learn_lists").list(PipelineJsonReader::learnList),
        root.at("actions").list(PipelineJsonReader::action),
        root.at("pipelines").list(ControlReader::pipeline),
        root.at("checksums").list(PipelineJsonReader::checksum),
        root.at("extern_instances").list(PipelineJsonReader::extern),
        root.at("field_aliases").list(PipelineJsonReader::fieldAlias));
  }

  private static HeaderType headerType(JsonCursor at) {
    return new HeaderType(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("fields").list(PipelineJsonReader::field),
        at.has("length_exp"),
        at.has("max_length") ? at.at("max_length").natural() : 0);
  }

  private static Field field(JsonCursor at) {
    if (at.size() < 2) {
      throw at.expected("[name, width] or [name, width, signed]");
    }
    JsonCursor width = at.at(1);
    boolean variable = width.isText() && width.text().equals("*");
    return new Field(
        at.at(0).text(),
        variable ? OptionalInt.empty() : OptionalInt.of(width.natural()),
        at.size() > 2 && at.at(2).flag(),
        at.size() > 3 && at.at(3).flag());
  }

  private static Header header(JsonCursor at) {
    return new Header(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("header_type").text(),
        at.bool("metadata", false));
  }

  private static HeaderStack headerStack(JsonCursor at) {
    return new HeaderStack(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("header_type").text(),
        at.at("header_ids").list(JsonCursor::integer));
  }

  private static UnionType unionType(JsonCursor at) {
    return new UnionType(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("headers")
            .list(member -> new UnionMember(member.tuple(2).at(0).text(), member.at(1).text())));
  }

  private static Union union(JsonCursor at) {
    return new Union(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("union_type").text(),
        at.at("header_ids").list(JsonCursor::integer));
  }

  private static UnionStack unionStack(JsonCursor at) {
    return new UnionStack(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("union_type").text(),
        at.at("header_union_ids").list(JsonCursor::integer));
  }

  private static FieldList fieldList(JsonCursor at) {
    return new FieldList(
        at.at("id").integer(),
        at.optionalText("name").orElse(""),
        at.at("elements").list(OperandReader::read));
  }

  private static ErrorCode errorCode(JsonCursor at) {
    return new ErrorCode(at.tuple(2).at(0).text(), at.at(1).natural());
  }

  private static ValueSet valueSet(JsonCursor at) {
    return new ValueSet(
        at.at("name").text(), at.at("id").integer(), at.at("compressed_bitwidth").natural());
  }

  private static Deparser deparser(JsonCursor at) {
    return new Deparser(
        at.at("name").text(),
        at.at("order").list(JsonCursor::text),
        at.at("primitives").list(OperandReader::primitive));
  }

  private static MeterArray meterArray(JsonCursor at) {
    String type = at.at("type").text();
    if (!type.equals("bytes") && !type.equals("packets")) {
      throw at.at("type").expected("\"bytes\" or \"packets\"");
    }
    boolean direct = at.bool("is_direct", false);
    return new MeterArray(
        at.at("name").text(),
        at.at("id").integer(),
        type.equals("bytes"),
        at.at("rate_count").natural(),
        at.at("size").natural(),
        direct,
        at.optionalText("binding"),
        direct ? Optional.of(OperandReader.field(at.at("result_target"))) : Optional.empty());
  }

  private static CounterArray counterArray(JsonCursor at) {
    boolean direct = at.bool("is_direct", false);
    return new CounterArray(
        at.at("name").text(),
        at.at("id").integer(),
        direct && !at.has("size") ? 0 : at.at("size").natural(),
        direct,
        at.optionalText("binding"));
  }

  private static RegisterArray registerArray(JsonCursor at) {
    return new RegisterArray(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("size").natural(),
        at.at("bitwidth").natural());
  }

  private static Calculation calculation(JsonCursor at) {
    return new Calculation(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("algo").text(),
        at.at("input").list(PipelineJsonReader::calculationInput));
  }

  static CalculationInput calculationInput(JsonCursor at) {
    String type = at.at("type").text();
    return switch (type) {
      case "field" -> new CalculationInput.Field(OperandReader.field(at.at("value")));
      case "hexstr" ->
          new CalculationInput.Constant(at.at("value").hex(), at.at("bitwidth").natural());
      case "header" -> new CalculationInput.Header(at.at("value").text());
      case "payload" -> new CalculationInput.Payload();
      default ->
          throw new UnsupportedPipeline(
              at.place(), "unsupported calculation input \"" + type + "\"");
    };
  }

  private static LearnList learnList(JsonCursor at) {
    return new LearnList(
        at.at("id").integer(), at.at("name").text(), at.at("elements").list(OperandReader::read));
  }

  private static Action action(JsonCursor at) {
    return new Action(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("runtime_data")
            .list(parameter ->
                new Parameter(parameter.at("name").text(), parameter.at("bitwidth").natural())),
        at.at("primitives").list(OperandReader::primitive));
  }

  private static Checksum checksum(JsonCursor at) {
    return new Checksum(
        at.at("name").text(),
        at.at("id").integer(),
        OperandReader.field(at.at("target")),
        at.at("type").text(),
        at.optionalText("calculation"),
        at.bool("update", true),
        at.bool("verify", true),
        at.has("if_cond") ? Optional.of(OperandReader.read(at.at("if_cond"))) : Optional.empty());
  }

  private static Extern extern(JsonCursor at) {
    return new Extern(at.at("name").text(), at.at("id").integer(), at.at("type").text());
  }

  private static FieldAlias fieldAlias(JsonCursor at) {
    return new FieldAlias(at.tuple(2).at(0).text(), OperandReader.field(at.at(1)));
  }
}
