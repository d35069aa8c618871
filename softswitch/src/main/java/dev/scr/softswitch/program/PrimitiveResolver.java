package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.ArithLeaf;
import dev.scr.softswitch.expression.ArithNode;
import dev.scr.softswitch.expression.ArithOp;
import dev.scr.softswitch.expression.HeaderExpr;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.Operand;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.json.UnsupportedPipeline;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.FieldLayout.Storage;
import dev.scr.softswitch.state.PipelineState;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Primitive calls to nodes. */
final class PrimitiveResolver {

  /** What primitives may name, for all scopes. */
  record Scope(
      Symbols symbols,
      PipelineState state,
      Map<String, Calculation> calculations,
      StandardMetadata metadata,
      SplittableRandom random,
      int dropPort) {}

  private final Scope scope;
  private final ExpressionResolver expressions;

  PrimitiveResolver(Scope scope, List<ActionNode.Parameter> parameters) {
    this.scope = scope;
    expressions = new ExpressionResolver(scope.symbols(), scope.state().registers(), parameters);
  }

  /** A call with its place, for messages. */
  private record Call(String where, String op, List<Operand> arguments, String source) {

    Call arity(int count) {
      if (arguments.size() != count) {
        throw new MalformedPipeline(
            where,
            "primitive \"" + op + "\" expects " + count + " parameters, found " + arguments.size());
      }
      return this;
    }

    Operand at(int index) {
      return arguments.get(index);
    }
  }

  /**
   * Resolves a call.
   *
   * @param steps number of steps of the enclosing action, the limit for jumps
   */
  Primitive resolve(String where, PipelineJson.Primitive primitive, int steps) {
    Call call = new Call(where, primitive.op(), primitive.arguments(), primitive.source());
    Primitive resolved = header(call);
    if (resolved == null) {
      resolved = flow(call, steps);
    }
    if (resolved == null) {
      resolved = state(call);
    }
    if (resolved == null) {
      resolved = target(call);
    }
    if (resolved == null) {
      throw new UnsupportedPipeline(where, "unsupported primitive \"" + call.op + "\"");
    }
    return resolved;
  }

  private @Nullable Primitive header(Call call) {
    return switch (call.op) {
      case "assign", "modify_field" -> assign(call.arity(2));
      case "assign_VL" -> assignVariable(call.arity(2));
      case "assign_header", "copy_header" -> assignHeader(call.arity(2));
      case "assign_union" -> assignUnion(call.arity(2));
      case "assign_header_stack" -> assignStack(call.arity(2));
      case "assign_union_stack" -> assignUnionStack(call.arity(2));
      case "push", "pop" -> shift(call.arity(2), call.op.equals("push"));
      case "add_header" -> new HeaderPrimitive.AddHeader(headerAt(call.arity(1), 0), true);
      case "add_header_fast" -> new HeaderPrimitive.AddHeader(headerAt(call.arity(1), 0), false);
      case "remove_header" -> new HeaderPrimitive.RemoveHeader(headerAt(call.arity(1), 0));
      case "add_to_field" -> update(call.arity(2), ArithOp.ADD);
      case "subtract_from_field" -> update(call.arity(2), ArithOp.SUB);
      case "add" -> compute(call.arity(3), ArithOp.ADD);
      case "subtract" -> compute(call.arity(3), ArithOp.SUB);
      case "bit_and" -> compute(call.arity(3), ArithOp.AND);
      case "bit_or" -> compute(call.arity(3), ArithOp.OR);
      case "bit_xor" -> compute(call.arity(3), ArithOp.XOR);
      case "shift_left" -> compute(call.arity(3), ArithOp.SHIFT_LEFT);
      case "shift_right" -> compute(call.arity(3), ArithOp.SHIFT_RIGHT);
      default -> null;
    };
  }

  private @Nullable Primitive flow(Call call, int steps) {
    return switch (call.op) {
      case "_jump" -> new FlowPrimitive.Jump(step(call.arity(1), 0, steps));
      case "_jump_if_zero" ->
          new FlowPrimitive.JumpIfZero(
              expressions.condition(call.where, call.arity(2).at(0)), step(call, 1, steps));
      case "exit" -> {
        call.arity(0);
        yield new FlowPrimitive.Exit();
      }
      case "no_op" -> new FlowPrimitive.NoOperation();
      case "assert", "assume" ->
          new FlowPrimitive.Assertion(
              call.op, expressions.condition(call.where, call.arity(1).at(0)), call.source);
      case "log_msg" -> log(call.arity(2));
      default -> null;
    };
  }

  private @Nullable Primitive state(Call call) {
    PipelineState state = scope.state();
    return switch (call.op) {
      case "register_read" ->
          new StatePrimitive.RegisterRead(
              placeAt(call.arity(3), 0),
              named(call, 1, Operand.Kind.REGISTER_ARRAY, state.registers()),
              numberAt(call, 2));
      case "register_write" ->
          new StatePrimitive.RegisterWrite(
              named(call.arity(3), 0, Operand.Kind.REGISTER_ARRAY, state.registers()),
              numberAt(call, 1),
              numberAt(call, 2));
      case "count" ->
          new StatePrimitive.Count(
              named(call.arity(2), 0, Operand.Kind.COUNTER_ARRAY, state.counters()),
              numberAt(call, 1));
      case "execute_meter" ->
          new StatePrimitive.ExecuteMeter(
              named(call.arity(3), 0, Operand.Kind.METER_ARRAY, state.meters()),
              numberAt(call, 1),
              placeAt(call, 2));
      default -> null;
    };
  }

  private @Nullable Primitive target(Call call) {
    return switch (call.op) {
      case "drop", "mark_to_drop" -> markToDrop();
      case "clone_ingress_pkt_to_egress", "clone_egress_pkt_to_egress" ->
          new TargetPrimitive.ClonePacket(numberAt(call.arity(2), 0), numberAt(call, 1));
      case "resubmit" -> new TargetPrimitive.Resubmit(numberAt(call.arity(1), 0));
      case "recirculate" -> new TargetPrimitive.Recirculate(numberAt(call.arity(1), 0));
      case "generate_digest" -> new TargetPrimitive.GenerateDigest(numberAt(call.arity(2), 1));
      case "truncate" -> new TargetPrimitive.Truncate(numberAt(call.arity(1), 0));
      case "modify_field_with_hash_based_offset" ->
          new TargetPrimitive.HashToField(
              placeAt(call.arity(4), 0),
              numberAt(call, 1),
              named(call, 2, Operand.Kind.CALCULATION, scope.calculations()),
              numberAt(call, 3));
      case "modify_field_rng_uniform" ->
          new TargetPrimitive.RandomToField(
              placeAt(call.arity(3), 0), numberAt(call, 1), numberAt(call, 2), scope.random());
      default -> null;
    };
  }

  private Primitive markToDrop() {
    return new TargetPrimitive.MarkToDrop(
        scope.metadata().egressSpec().place(),
        scope.metadata().multicastGroup().map(StandardMetadata.Access::place).orElse(null),
        scope.dropPort());
  }

  private Arith numberAt(Call call, int index) {
    return expressions.number(argument(call, index), call.at(index));
  }

  private static String argument(Call call, int index) {
    return call.where + ": parameter " + index;
  }

  private HeaderExpr headerAt(Call call, int index) {
    return expressions.header(argument(call, index), call.at(index)).value();
  }

  private Typed.OfUnion union(Call call, int index) {
    Typed typed = expressions.resolve(argument(call, index), call.at(index));
    if (typed instanceof Typed.OfUnion union) {
      return union;
    }
    throw unexpected(call, index, "a header union", typed);
  }

  private static MalformedPipeline unexpected(Call call, int index, String what, Typed found) {
    return new MalformedPipeline(
        argument(call, index), "expected " + what + ", found " + found.kind());
  }

  private static <V> V named(Call call, int index, Operand.Kind kind, Map<String, V> objects) {
    String where = argument(call, index);
    if (call.at(index) instanceof Operand.Reference reference && reference.kind() == kind) {
      V object = objects.get(reference.name());
      if (object == null) {
        throw Symbols.dangling(where, kind.spelling(), reference.name());
      }
      return object;
    }
    throw new MalformedPipeline(where, "expected a " + kind.spelling());
  }

  private Place placeAt(Call call, int index) {
    return place(argument(call, index), numberAt(call, index));
  }

  /** What can be read as a field can be assigned to. */
  private Place place(String where, Arith target) {
    return switch (target) {
      case ArithLeaf.NarrowField field -> place(scope.symbols(), field.header(), field.field());
      case ArithLeaf.WideField field -> place(scope.symbols(), field.header(), field.field());
      case ArithLeaf.HeaderField field -> new Place.Dynamic(field.header(), field.field());
      default -> throw new UnsupportedPipeline(where, "expected a field to assign to");
    };
  }

  static Place place(Symbols symbols, int header, FieldLayout field) {
    int index =
        field.storage() == Storage.NARROW
            ? symbols.layout().narrowIndex(header, field)
            : symbols.layout().wideIndex(header, field);
    return new Place.Static(header, field, index);
  }

  Place place(String where, Operand.Field reference) {
    return place(where, expressions.field(where, reference));
  }

  private Primitive assign(Call call) {
    Place target = placeAt(call, 0);
    return target.field().storage() == Storage.VARIABLE
        ? assignVariable(call)
        : new HeaderPrimitive.Assign(target, numberAt(call, 1));
  }

  private Primitive assignVariable(Call call) {
    Place target = placeAt(call, 0);
    Place source = placeAt(call, 1);
    if (target.field().storage() != Storage.VARIABLE
        || source.field().storage() != Storage.VARIABLE) {
      throw new MalformedPipeline(call.where, "expected two variable-length fields");
    }
    return new HeaderPrimitive.AssignVariable(
        headerOf(target), target.field(), headerOf(source), source.field());
  }

  private static HeaderExpr headerOf(Place place) {
    return switch (place) {
      case Place.Static known -> new HeaderExpr.Static(known.number());
      case Place.Dynamic dynamic -> dynamic.expression();
    };
  }

  private Primitive assignHeader(Call call) {
    Typed.OfHeader target = expressions.header(argument(call, 0), call.at(0));
    Typed.OfHeader source = expressions.header(argument(call, 1), call.at(1));
    if (!target.type().fields().equals(source.type().fields())) {
      throw new MalformedPipeline(
          call.where,
          "expected headers of one type, found \""
              + target.type().name()
              + "\" and \""
              + source.type().name()
              + "\"");
    }
    return new HeaderPrimitive.AssignHeader(target.value(), source.value());
  }

  private Primitive assignStack(Call call) {
    Typed target = expressions.resolve(argument(call, 0), call.at(0));
    Typed source = expressions.resolve(argument(call, 1), call.at(1));
    if (target instanceof Typed.OfStack to
        && source instanceof Typed.OfStack from
        && to.type().fields().equals(from.type().fields())
        && scope.symbols().layout().stackDepth(to.number())
            == scope.symbols().layout().stackDepth(from.number())) {
      return new HeaderPrimitive.AssignStack(to.number(), from.number());
    }
    throw new MalformedPipeline(call.where, "expected two header stacks of one type and depth");
  }

  private Primitive assignUnion(Call call) {
    Typed.OfUnion target = union(call, 0);
    Typed.OfUnion source = union(call, 1);
    if (!scope.symbols().sameUnionType(target.like(), source.like())) {
      throw new MalformedPipeline(call.where, "expected two header unions of one type");
    }
    return new HeaderPrimitive.AssignUnion(target.value(), source.value());
  }

  private Primitive assignUnionStack(Call call) {
    Typed target = expressions.resolve(argument(call, 0), call.at(0));
    Typed source = expressions.resolve(argument(call, 1), call.at(1));
    if (target instanceof Typed.OfUnionStack to
        && source instanceof Typed.OfUnionStack from
        && scope.symbols().layout().unionStackDepth(to.number())
            == scope.symbols().layout().unionStackDepth(from.number())
        && scope
            .symbols()
            .sameUnionType(
                scope.symbols().unionOfStack(call.where, to.number()),
                scope.symbols().unionOfStack(call.where, from.number()))) {
      return new HeaderPrimitive.AssignUnionStack(to.number(), from.number());
    }
    throw new MalformedPipeline(call.where, "expected two header union stacks of one depth");
  }

  private Primitive shift(Call call, boolean push) {
    Typed stack = expressions.resolve(argument(call, 0), call.at(0));
    Arith count = numberAt(call, 1);
    return switch (stack) {
      case Typed.OfStack of ->
          push
              ? new HeaderPrimitive.Push(of.number(), count)
              : new HeaderPrimitive.Pop(of.number(), count);
      case Typed.OfUnionStack of ->
          push
              ? new HeaderPrimitive.PushUnions(of.number(), count)
              : new HeaderPrimitive.PopUnions(of.number(), count);
      default -> throw unexpected(call, 0, "a stack", stack);
    };
  }

  private Primitive update(Call call, ArithOp op) {
    return new HeaderPrimitive.Assign(
        placeAt(call, 0), new ArithNode.Binary(op, numberAt(call, 0), numberAt(call, 1)));
  }

  private Primitive compute(Call call, ArithOp op) {
    return new HeaderPrimitive.Assign(
        placeAt(call, 0), new ArithNode.Binary(op, numberAt(call, 1), numberAt(call, 2)));
  }

  private int step(Call call, int index, int steps) {
    if (numberAt(call, index) instanceof ArithLeaf.Constant constant
        && constant.value().signum() >= 0
        && constant.value().bitLength() < 32
        && constant.value().intValue() <= steps) {
      return constant.value().intValue();
    }
    throw new MalformedPipeline(
        argument(call, index), "expected the number of a primitive, at most " + steps);
  }

  private Primitive log(Call call) {
    if (call.at(0) instanceof Operand.Text format && call.at(1) instanceof Operand.Vector vector) {
      return new FlowPrimitive.LogMessage(
          format.value(),
          vector.elements().stream()
              .map(element -> expressions.number(argument(call, 1), element))
              .toList());
    }
    throw new MalformedPipeline(call.where, "expected a text and a vector of numbers");
  }
}
