package dev.scr.softswitch.json;

import dev.scr.softswitch.json.PipelineJson.ExtractTarget;
import dev.scr.softswitch.json.PipelineJson.ParseState;
import dev.scr.softswitch.json.PipelineJson.Parser;
import dev.scr.softswitch.json.PipelineJson.ParserOp;
import dev.scr.softswitch.json.PipelineJson.Transition;
import java.math.BigInteger;
import java.util.Optional;

/** Reads the "parsers" section. */
final class ParserReader {

  private static final BigInteger BITS_PER_BYTE = BigInteger.valueOf(8);

  private ParserReader() {}

  static Parser parser(JsonCursor at) {
    return new Parser(
        at.at("name").text(),
        at.at("id").integer(),
        at.at("init_state").text(),
        at.at("parse_states").list(ParserReader::state));
  }

  private static ParseState state(JsonCursor at) {
    return new ParseState(
        at.at("name").text(),
        at.at("parser_ops").list(ParserReader::op),
        at.at("transition_key").list(OperandReader::read),
        at.at("transitions").list(ParserReader::transition));
  }

  private static ParserOp op(JsonCursor at) {
    String op = at.at("op").text();
    JsonCursor arguments = at.at("parameters");
    return switch (op) {
      case "extract" -> new ParserOp.Extract(target(arguments.tuple(1).at(0)), Optional.empty());
      case "extract_VL" ->
          new ParserOp.Extract(
              target(arguments.tuple(2).at(0)), Optional.of(OperandReader.read(arguments.at(1))));
      case "set" -> set(arguments.tuple(2));
      case "verify" ->
          new ParserOp.Verify(OperandReader.read(arguments.tuple(2).at(0)), error(arguments.at(1)));
      case "advance" -> new ParserOp.Advance(OperandReader.read(arguments.tuple(1).at(0)));
      case "shift" ->
          new ParserOp.Advance(
              new Operand.Constant(
                  BigInteger.valueOf(arguments.tuple(1).at(0).natural()).multiply(BITS_PER_BYTE)));
      case "primitive" -> new ParserOp.Call(OperandReader.primitive(arguments.tuple(1).at(0)));
      default -> throw new UnsupportedPipeline(at.place(), "unsupported parser op \"" + op + "\"");
    };
  }

  private static ParserOp set(JsonCursor arguments) {
    Operand target = OperandReader.read(arguments.at(0));
    if (target instanceof Operand.Field field) {
      return new ParserOp.Set(field, OperandReader.read(arguments.at(1)));
    }
    throw arguments.at(0).expected("a field");
  }

  /** The error of a "verify" is an expression, or a plain number in old files. */
  private static Operand error(JsonCursor at) {
    return at.isInteger()
        ? new Operand.Constant(BigInteger.valueOf(at.natural()))
        : OperandReader.read(at);
  }

  private static ExtractTarget target(JsonCursor at) {
    String type = at.at("type").text();
    JsonCursor value = at.at("value");
    return switch (type) {
      case "regular" -> new ExtractTarget.Regular(value.text());
      case "stack" -> new ExtractTarget.Stack(value.text());
      case "union_stack" ->
          new ExtractTarget.UnionStack(value.tuple(2).at(0).text(), value.at(1).text());
      default ->
          throw new UnsupportedPipeline(at.place(), "unsupported extract type \"" + type + "\"");
    };
  }

  private static Transition transition(JsonCursor at) {
    Optional<String> next = at.optionalText("next_state");
    String type = at.optionalText("type").orElse("hexstr");
    if (type.equals("default")
        || (type.equals("hexstr") && at.optionalText("value").equals(Optional.of("default")))) {
      return new Transition.Default(next);
    }
    Optional<BigInteger> mask =
        at.has("mask") ? Optional.of(at.at("mask").hex()) : Optional.empty();
    return switch (type) {
      case "hexstr" ->
          new Transition.Value(at.at("value").hex(), mask, hexBytes(at.at("value").text()), next);
      case "parse_vset" -> new Transition.InSet(at.at("value").text(), mask, next);
      default ->
          throw new UnsupportedPipeline(at.place(), "unsupported transition type \"" + type + "\"");
    };
  }

  private static int hexBytes(String hex) {
    int digits = hex.startsWith("0x") ? hex.length() - 2 : hex.length();
    return (digits + 1) / 2;
  }
}
