package dev.scr.softswitch.json;

import java.util.Optional;

/** Reads the format's type-value objects and the primitive calls made of them. */
final class OperandReader {

  private OperandReader() {}

  /** An operand; anything that is not an object with a known type is malformed. */
  static Operand read(JsonCursor at) {
    if (at.isObject() && at.has("op") && !at.has("type")) {
      return operation(at);
    }
    String type = at.at("type").text();
    JsonCursor value = at.at("value");
    return switch (type) {
      case "field" -> field(value);
      case "hexstr" -> new Operand.Constant(value.hex());
      case "bool" -> new Operand.Bool(value.bool());
      case "string" -> new Operand.Text(value.text());
      case "expression" -> read(value);
      case "local", "runtime_data" -> new Operand.Parameter(value.natural());
      case "register" -> {
        value.tuple(2);
        yield new Operand.RegisterCell(value.at(0).text(), read(value.at(1)));
      }
      case "stack_field" -> {
        value.tuple(2);
        yield new Operand.StackField(value.at(0).text(), value.at(1).text());
      }
      case "union_stack_field" -> {
        value.tuple(3);
        yield new Operand.UnionStackField(
            value.at(0).text(), value.at(1).text(), value.at(2).text());
      }
      case "lookahead" -> {
        value.tuple(2);
        yield new Operand.Lookahead(value.at(0).natural(), value.at(1).natural());
      }
      case "parameters_vector", "field_list" -> new Operand.Vector(value.list(OperandReader::read));
      default -> new Operand.Reference(kind(at, type), value.text());
    };
  }

  static Operand.Field field(JsonCursor value) {
    value.tuple(2);
    return new Operand.Field(value.at(0).text(), value.at(1).text());
  }

  private static Operand.Kind kind(JsonCursor at, String type) {
    for (Operand.Kind kind : Operand.Kind.values()) {
      if (kind.spelling().equals(type)) {
        return kind;
      }
    }
    throw new UnsupportedPipeline(at.place(), "unsupported operand type \"" + type + "\"");
  }

  private static Operand.Operation operation(JsonCursor at) {
    return new Operand.Operation(
        at.at("op").text(), side(at, "left"), side(at, "right"), side(at, "cond"));
  }

  private static Optional<Operand> side(JsonCursor at, String key) {
    if (!at.has(key)) {
      return Optional.empty();
    }
    JsonCursor side = at.at(key);
    return Optional.of(side.isInteger() ? new Operand.Offset(side.natural()) : read(side));
  }

  /** A primitive call, as in an action, a parser state or a deparser. */
  static PipelineJson.Primitive primitive(JsonCursor at) {
    String source =
        at.has("source_info")
            ? at.at("source_info").optionalText("source_fragment").orElse("")
            : "";
    return new PipelineJson.Primitive(
        at.at("op").text(), at.at("parameters").list(OperandReader::read), source);
  }
}
