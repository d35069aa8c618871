package dev.scr.softswitch.json;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A whole BMv2 JSON file (format 2.0 to 2.24). Names are as written; nothing has been looked up.
 *
 * @param file what to call the file in messages
 */
public record PipelineJson(
    String file,
    List<HeaderType> headerTypes,
    List<Header> headers,
    List<HeaderStack> headerStacks,
    List<UnionType> unionTypes,
    List<Union> unions,
    List<UnionStack> unionStacks,
    List<FieldList> fieldLists,
    List<ErrorCode> errors,
    List<Parser> parsers,
    List<ValueSet> valueSets,
    List<Deparser> deparsers,
    List<MeterArray> meterArrays,
    List<CounterArray> counterArrays,
    List<RegisterArray> registerArrays,
    List<Calculation> calculations,
    List<LearnList> learnLists,
    List<Action> actions,
    List<Pipeline> pipelines,
    List<Checksum> checksums,
    List<Extern> externs,
    List<FieldAlias> fieldAliases) {

  /** Layout of a header: its fields in wire order. */
  public record HeaderType(
      String name, int id, List<Field> fields, boolean lengthExpression, int maxBytes) {}

  /** A field; {@code bits} is empty for a variable-length one. */
  public record Field(String name, OptionalInt bits, boolean signed, boolean saturating) {}

  /** A header or metadata instance. */
  public record Header(String name, int id, String type, boolean metadata) {}

  /** A stack of headers of one type; ids of header instances in order. */
  public record HeaderStack(String name, int id, String type, List<Integer> headerIds) {}

  /** The members of a union, in order. */
  public record UnionType(String name, int id, List<UnionMember> members) {}

  /** A member of a union type. */
  public record UnionMember(String name, String headerType) {}

  /** A union instance; ids of its member header instances in the order of the type. */
  public record Union(String name, int id, String type, List<Integer> headerIds) {}

  /** A stack of unions; ids of union instances in order. */
  public record UnionStack(String name, int id, String type, List<Integer> unionIds) {}

  /** Fields that a clone, a resubmitted or a recirculated packet keeps. */
  public record FieldList(int id, String name, List<Operand> elements) {}

  /** A parser error and its number. */
  public record ErrorCode(String name, int value) {}

  /** A parser. */
  public record Parser(String name, int id, String initState, List<ParseState> states) {}

  /** A parser state. */
  public record ParseState(
      String name, List<ParserOp> ops, List<Operand> key, List<Transition> transitions) {}

  /** One operation of a parser state, by kind. */
  public sealed interface ParserOp {

    /** Extract a header; {@code bits} is the length of its variable-length field, if it has one. */
    record Extract(ExtractTarget target, Optional<Operand> bits) implements ParserOp {}

    /** Assign to a field. */
    record Set(Operand.Field target, Operand value) implements ParserOp {}

    /** Leave the parser with an error unless a condition holds. */
    record Verify(Operand condition, Operand error) implements ParserOp {}

    /** Skip packet data. */
    record Advance(Operand bits) implements ParserOp {}

    /** Call a primitive. */
    record Call(Primitive primitive) implements ParserOp {}
  }

  /** Where an extracted header goes. */
  public sealed interface ExtractTarget {

    /** A header instance. */
    record Regular(String header) implements ExtractTarget {}

    /** The next element of a header stack. */
    record Stack(String stack) implements ExtractTarget {}

    /** A member of the next element of a union stack. */
    record UnionStack(String stack, String member) implements ExtractTarget {}
  }

  /** A transition; {@code next} is empty when the parser ends there. */
  public sealed interface Transition {

    /** The state to go to. */
    Optional<String> next();

    /** Taken when no other transition is. */
    record Default(Optional<String> next) implements Transition {}

    /** Taken when the key, under the mask, has the value. Both are {@code bytes} bytes long. */
    record Value(BigInteger value, Optional<BigInteger> mask, int bytes, Optional<String> next)
        implements Transition {}

    /** Taken when the key, under the mask, is in the value set. */
    record InSet(String valueSet, Optional<BigInteger> mask, Optional<String> next)
        implements Transition {}
  }

  /** A parser value set. */
  public record ValueSet(String name, int id, int bits) {}

  /** A deparser: header instances in wire order, and primitives to run before. */
  public record Deparser(String name, List<String> order, List<Primitive> primitives) {}

  /** An array of meters; {@code resultTarget} is present for direct meters. */
  public record MeterArray(
      String name,
      int id,
      boolean bytes,
      int rateCount,
      int size,
      boolean direct,
      Optional<String> binding,
      Optional<Operand.Field> resultTarget) {}

  /** An array of counters. */
  public record CounterArray(
      String name, int id, int size, boolean direct, Optional<String> binding) {}

  /** An array of registers. */
  public record RegisterArray(String name, int id, int size, int bits) {}

  /** An algorithm and what it runs over. */
  public record Calculation(String name, int id, String algorithm, List<CalculationInput> inputs) {}

  /** A piece of a calculation's input. */
  public sealed interface CalculationInput {

    /** The bits of a field. */
    record Field(Operand.Field field) implements CalculationInput {}

    /** A constant of the given number of bits. */
    record Constant(BigInteger value, int bits) implements CalculationInput {}

    /** All bits of a header. */
    record Header(String header) implements CalculationInput {}

    /** What follows the parsed headers. */
    record Payload() implements CalculationInput {}
  }

  /** Fields of a digest message. */
  public record LearnList(int id, String name, List<Operand> elements) {}

  /** An action. */
  public record Action(String name, int id, List<Parameter> parameters, List<Primitive> body) {}

  /** A parameter of an action. */
  public record Parameter(String name, int bits) {}

  /** A call of a primitive; {@code source} is the P4 text it came from, for log messages. */
  public record Primitive(String op, List<Operand> arguments, String source) {}

  /** A control: ingress or egress. */
  public record Pipeline(
      String name,
      int id,
      Optional<String> initNode,
      List<Table> tables,
      List<ActionProfile> actionProfiles,
      List<Conditional> conditionals,
      List<ActionCall> actionCalls) {}

  /** A match-action table. */
  public record Table(
      String name,
      int id,
      String matchType,
      String type,
      Optional<String> actionProfile,
      OptionalInt maxSize,
      boolean withCounters,
      boolean supportTimeout,
      Optional<String> directMeters,
      List<Key> key,
      List<Integer> actionIds,
      List<String> actionNames,
      Optional<String> baseDefaultNext,
      Map<String, Optional<String>> nextNodes,
      Optional<DefaultEntry> defaultEntry,
      Optional<List<Entry>> entries) {}

  /** A key field of a table. */
  public record Key(
      String matchType, Operand target, Optional<BigInteger> mask, Optional<String> name) {}

  /** A table's default action as the program wrote it. */
  public record DefaultEntry(
      int actionId, boolean actionConst, List<BigInteger> data, boolean entryConst) {}

  /** An entry that the program wrote. */
  public record Entry(List<KeyValue> key, int actionId, List<BigInteger> data, int priority) {}

  /** One field of an entry's key; which of the values are present depends on the match type. */
  public record KeyValue(
      String matchType, BigInteger value, BigInteger second, OptionalInt prefixLength) {}

  /** A table implementation shared by tables. */
  public record ActionProfile(String name, int id, int maxSize, Optional<Selector> selector) {}

  /** How an action profile picks a member of a group. */
  public record Selector(String algorithm, List<CalculationInput> inputs) {}

  /** A condition of the control flow. */
  public record Conditional(
      String name, int id, Operand expression, Optional<String> onTrue, Optional<String> onFalse) {}

  /** A direct call of an action from the control flow. */
  public record ActionCall(String name, int id, int actionId, Optional<String> next) {}

  /** A checksum to update in the deparser or to verify after the parser. */
  public record Checksum(
      String name,
      int id,
      Operand.Field target,
      String type,
      Optional<String> calculation,
      boolean update,
      boolean verify,
      Optional<Operand> condition) {}

  /** An extern instance. */
  public record Extern(String name, int id, String type) {}

  /** A name that the target expects for a field of the program. */
  public record FieldAlias(String alias, Operand.Field field) {}
}
