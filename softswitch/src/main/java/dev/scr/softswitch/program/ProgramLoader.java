package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.ArithLeaf;
import dev.scr.softswitch.expression.Cond;
import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.Operand;
import dev.scr.softswitch.json.PipelineException;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.json.UnsupportedPipeline;
import dev.scr.softswitch.packet.HeaderCodec;
import dev.scr.softswitch.state.PipelineState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Turns a described program into one that runs. */
public final class ProgramLoader {

  private final PipelineJson json;
  private final int dropPort;
  private final SplittableRandom random;

  private ProgramLoader(PipelineJson json, int dropPort, SplittableRandom random) {
    this.json = json;
    this.dropPort = dropPort;
    this.random = random;
  }

  /**
   * Loads a program with fresh state.
   *
   * @param dropPort the port number that stands for "drop"
   * @param random source for the program's {@code random} calls
   * @throws PipelineException if the program is malformed or uses what the switch does not have
   */
  public static Program load(PipelineJson json, int dropPort, SplittableRandom random) {
    return new ProgramLoader(json, dropPort, random).load();
  }

  private Program load() {
    checkExterns();
    Symbols symbols = LayoutResolver.resolve(json);
    PipelineState state = PipelineState.empty();
    StateResolver states = new StateResolver(json, symbols);
    states.fill(state);
    ExpressionResolver expressions = new ExpressionResolver(symbols, state.registers(), List.of());
    StandardMetadata metadata = StandardMetadata.of(json.file(), expressions);
    Map<String, Calculation> calculations = states.calculations();
    PrimitiveResolver.Scope scope =
        new PrimitiveResolver.Scope(symbols, state, calculations, metadata, random, dropPort);
    ProgramActions actions = new ProgramActions(json, scope);
    ParserErrors errors = errors();
    Map<String, List<Integer>> valueSetWidths = new HashMap<>();
    ParserResolver parsers = new ParserResolver(json.file(), scope, errors, valueSetWidths);
    TableResolver tables = new TableResolver(json, scope, actions, states);
    PacketProgram code =
        new InterpretedProgram(
            parsers.resolve(
                named("parsers", json.parsers(), PipelineJson.Parser::name, "parser"),
                checksums(expressions, scope, true)),
            control("ingress", tables, scope, actions),
            control("egress", tables, scope, actions),
            deparser(symbols, scope, checksums(expressions, scope, false)));
    return new Program(
        json.file(),
        symbols.layout(),
        code,
        state,
        metadata,
        List.copyOf(actions.all()),
        fieldLists(expressions, scope),
        learnLists(expressions),
        errors,
        Map.copyOf(valueSetWidths));
  }

  private void checkExterns() {
    if (!json.externs().isEmpty()) {
      PipelineJson.Extern extern = json.externs().getFirst();
      throw new UnsupportedPipeline(
          json.file() + ": extern_instances \"" + extern.name() + "\"",
          "unsupported extern type \"" + extern.type() + "\"");
    }
  }

  private ParserErrors errors() {
    Map<String, Integer> declared = new HashMap<>();
    for (PipelineJson.ErrorCode error : json.errors()) {
      if (declared.containsValue(error.value()) || declared.containsKey(error.name())) {
        throw new MalformedPipeline(
            json.file() + ": errors", "error \"" + error.name() + "\" is numbered twice");
      }
      declared.put(error.name(), error.value());
    }
    return ParserErrors.of(declared);
  }

  private <T> T named(String section, List<T> objects, Function<T, String> name, String wanted) {
    for (T object : objects) {
      if (name.apply(object).equals(wanted)) {
        return object;
      }
    }
    throw new MalformedPipeline(
        json.file() + ": " + section,
        "a v1model program needs one named \""
            + wanted
            + "\", found "
            + objects.stream().map(name).toList());
  }

  private ControlFlow control(
      String name, TableResolver tables, PrimitiveResolver.Scope scope, ProgramActions actions) {
    PipelineJson.Pipeline pipeline =
        named("pipelines", json.pipelines(), PipelineJson.Pipeline::name, name);
    return new ControlResolver(json.file(), pipeline, tables, scope, actions).resolve();
  }

  private List<Checksum> checksums(
      ExpressionResolver expressions, PrimitiveResolver.Scope scope, boolean verify) {
    List<Checksum> checksums = new ArrayList<>();
    for (PipelineJson.Checksum checksum : json.checksums()) {
      if (verify ? checksum.verify() : checksum.update()) {
        checksums.add(checksum(expressions, scope, checksum));
      }
    }
    return checksums;
  }

  private Checksum checksum(
      ExpressionResolver expressions,
      PrimitiveResolver.Scope scope,
      PipelineJson.Checksum checksum) {
    String where = json.file() + ": checksums \"" + checksum.name() + "\"";
    if (!checksum.type().equals("generic")) {
      throw new UnsupportedPipeline(where, "unsupported checksum type \"" + checksum.type() + "\"");
    }
    String name =
        checksum
            .calculation()
            .orElseThrow(() -> new MalformedPipeline(where, "expected a \"calculation\""));
    Calculation calculation = scope.calculations().get(name);
    if (calculation == null) {
      throw Symbols.dangling(where, "calculation", name);
    }
    Symbols.FieldRef target = scope.symbols().field(where, checksum.target());
    Cond condition =
        checksum.condition().isPresent()
            ? expressions.condition(where, checksum.condition().get())
            : new Cond.Constant(true);
    return new Checksum(
        target.header(),
        new PrimitiveResolver(scope, List.of()).place(where, checksum.target()),
        expressions.field(where, checksum.target()),
        calculation,
        condition);
  }

  private DeparserNode deparser(
      Symbols symbols, PrimitiveResolver.Scope scope, List<Checksum> checksums) {
    PipelineJson.Deparser deparser =
        named("deparsers", json.deparsers(), PipelineJson.Deparser::name, "deparser");
    String where = json.file() + ": deparsers \"" + deparser.name() + "\"";
    List<Integer> headers = new ArrayList<>();
    List<HeaderCodec> codecs = new ArrayList<>();
    for (String name : deparser.order()) {
      int header = symbols.header(where, name);
      if (symbols.type(header).fixedBits() % 8 != 0) {
        throw new MalformedPipeline(
            where, "header \"" + name + "\" has " + symbols.type(header).fixedBits() + " bits");
      }
      headers.add(header);
      codecs.add(symbols.codec(symbols.type(header)));
    }
    PrimitiveResolver primitives = new PrimitiveResolver(scope, List.of());
    List<Primitive> calls = new ArrayList<>();
    for (int i = 0; i < deparser.primitives().size(); i++) {
      calls.add(primitives.resolve(where + ": primitive " + i, deparser.primitives().get(i), 0));
    }
    return new DeparserNode(headers, codecs, checksums, calls);
  }

  private Map<Integer, List<Program.FieldCopy>> fieldLists(
      ExpressionResolver expressions, PrimitiveResolver.Scope scope) {
    Map<Integer, List<Program.FieldCopy>> lists = new HashMap<>();
    PrimitiveResolver primitives = new PrimitiveResolver(scope, List.of());
    for (PipelineJson.FieldList list : json.fieldLists()) {
      String where = json.file() + ": field_lists \"" + list.name() + "\" (id " + list.id() + ")";
      List<Program.FieldCopy> copies = new ArrayList<>();
      for (Operand element : list.elements()) {
        switch (element) {
          case Operand.Field field ->
              copies.add(
                  new Program.FieldCopy(
                      expressions.field(where, field), primitives.place(where, field)));
          case Operand.Constant _ -> {}
          default -> throw new MalformedPipeline(where, "expected fields and constants");
        }
      }
      if (lists.putIfAbsent(list.id(), copies) != null) {
        throw new MalformedPipeline(where, "two field lists with that id");
      }
    }
    return lists;
  }

  private Map<Integer, Program.LearnList> learnLists(ExpressionResolver expressions) {
    Map<Integer, Program.LearnList> lists = new HashMap<>();
    for (PipelineJson.LearnList list : json.learnLists()) {
      String where = json.file() + ": learn_lists \"" + list.name() + "\"";
      List<Arith> fields = new ArrayList<>();
      List<Integer> bits = new ArrayList<>();
      for (Operand element : list.elements()) {
        Arith field = expressions.number(where, element);
        fields.add(field);
        bits.add(
            switch (field) {
              case ArithLeaf.NarrowField narrow -> narrow.field().bits();
              case ArithLeaf.WideField wide -> wide.field().bits();
              default -> throw new UnsupportedPipeline(where, "expected fields as elements");
            });
      }
      if (lists.putIfAbsent(list.id(), new Program.LearnList(list.name(), fields, bits)) != null) {
        throw new MalformedPipeline(where, "two learn lists with id " + list.id());
      }
    }
    return lists;
  }
}
