package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.ArithLeaf;
import dev.scr.softswitch.expression.ArithNode;
import dev.scr.softswitch.expression.ArithOp;
import dev.scr.softswitch.expression.Cond;
import dev.scr.softswitch.expression.HeaderExpr;
import dev.scr.softswitch.expression.Range;
import dev.scr.softswitch.expression.UnionExpr;
import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.Operand;
import dev.scr.softswitch.json.Operand.Operation;
import dev.scr.softswitch.json.UnsupportedPipeline;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.state.RegisterArray;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Operands to typed expressions. One instance serves one scope: an action, or none. */
final class ExpressionResolver {

  private static final int WIDEST_CAST = 1 << 16;

  private final Symbols symbols;
  private final FieldResolver fields;
  private final Map<String, RegisterArray> registers;
  private final List<ActionNode.Parameter> parameters;

  ExpressionResolver(
      Symbols symbols,
      Map<String, RegisterArray> registers,
      List<ActionNode.Parameter> parameters) {
    this.symbols = symbols;
    fields = new FieldResolver(symbols);
    this.registers = registers;
    this.parameters = parameters;
  }

  Symbols symbols() {
    return symbols;
  }

  Arith number(String where, Operand operand) {
    return switch (resolve(where, operand)) {
      case Typed.Numeric numeric -> numeric.value();
      case Typed.Logical logical -> new ArithLeaf.BoolToData(logical.value());
      case Typed other -> throw expected(where, "a number", other);
    };
  }

  Cond condition(String where, Operand operand) {
    return switch (resolve(where, operand)) {
      case Typed.Logical logical -> logical.value();
      case Typed.Numeric numeric -> toBool(numeric.value());
      case Typed other -> throw expected(where, "a boolean", other);
    };
  }

  private static Cond toBool(Arith value) {
    return value instanceof ArithLeaf.BoolToData data
        ? data.condition()
        : new Cond.DataToBool(value);
  }

  Typed.OfHeader header(String where, Operand operand) {
    if (resolve(where, operand) instanceof Typed.OfHeader header) {
      return header;
    }
    throw expected(where, "a header", resolve(where, operand));
  }

  Typed resolve(String where, Operand operand) {
    return switch (operand) {
      case Operand.Constant constant -> numeric(new ArithLeaf.Constant(constant.value()));
      case Operand.Bool bool -> new Typed.Logical(new Cond.Constant(bool.value()));
      case Operand.Field field -> numeric(field(where, field));
      case Operand.Parameter parameter -> numeric(parameter(where, parameter));
      case Operand.RegisterCell cell -> numeric(register(where, cell));
      case Operand.StackField field -> numeric(fields.ofStack(where, field));
      case Operand.UnionStackField field -> numeric(fields.ofUnionStack(where, field));
      case Operand.Reference reference -> reference(where, reference);
      case Operand.Operation operation -> operation(where, operation);
      case Operand.Lookahead lookahead -> numeric(FieldResolver.lookahead(where, lookahead));
      case Operand.Text text -> throw unusable(where, "text \"" + text.value() + "\"");
      case Operand.Vector _ -> throw unusable(where, "a vector");
      case Operand.Offset offset -> throw unusable(where, "the plain number " + offset.value());
    };
  }

  private static Typed numeric(Arith value) {
    return new Typed.Numeric(value);
  }

  private static MalformedPipeline unusable(String where, String what) {
    return new MalformedPipeline(where, "expected a value, found " + what);
  }

  private static MalformedPipeline expected(String where, String what, Typed found) {
    return new MalformedPipeline(where, "expected " + what + ", found " + found.kind());
  }

  Arith field(String where, Operand.Field reference) {
    return fields.named(where, reference);
  }

  /** A field of a header known at load time, to read. */
  Arith field(int header, FieldLayout field) {
    return fields.of(header, field);
  }

  private Arith parameter(String where, Operand.Parameter reference) {
    int index = reference.index();
    if (index >= parameters.size()) {
      throw new MalformedPipeline(
          where, "no parameter " + index + ": there are " + parameters.size());
    }
    return new ArithLeaf.Parameter(index, Range.unsigned(parameters.get(index).bits()));
  }

  private Arith register(String where, Operand.RegisterCell cell) {
    RegisterArray array = registers.get(cell.array());
    if (array == null) {
      throw Symbols.dangling(where, "register array", cell.array());
    }
    return new ArithLeaf.RegisterCell(
        array, number(where, cell.index()), Range.unsigned(array.bits()));
  }

  private Typed reference(String where, Operand.Reference reference) {
    String name = reference.name();
    return switch (reference.kind()) {
      case HEADER -> {
        int header = symbols.header(where, name);
        yield new Typed.OfHeader(new HeaderExpr.Static(header), symbols.type(header));
      }
      case HEADER_STACK ->
          new Typed.OfStack(symbols.stack(where, name), symbols.stackType(where, name));
      case HEADER_UNION -> {
        int union = symbols.union(where, name);
        yield new Typed.OfUnion(new UnionExpr.Static(union), union);
      }
      case HEADER_UNION_STACK -> new Typed.OfUnionStack(symbols.unionStack(where, name));
      case CALCULATION, METER_ARRAY, COUNTER_ARRAY, REGISTER_ARRAY, EXTERN ->
          throw unusable(where, reference.kind().spelling() + " \"" + name + "\"");
    };
  }

  private Typed operation(String where, Operation operation) {
    String op = operation.op();
    for (ArithOp arith : ArithOp.values()) {
      if (arith.spelling().equals(op)) {
        return numeric(binary(where, arith, operation));
      }
    }
    for (Cond.Relation relation : Cond.Relation.values()) {
      if (relation.spelling().equals(op)) {
        return new Typed.Logical(compare(where, operation, relation));
      }
    }
    return switch (op) {
      case "and", "or", "not", "d2b", "valid", "valid_union" ->
          new Typed.Logical(logical(where, operation));
      case "?" -> choice(where, operation);
      case "dereference_header_stack" -> stackElement(where, operation);
      case "dereference_union_stack" -> unionStackElement(where, operation);
      case "access_field" -> accessField(where, operation);
      case "access_union_header" -> accessUnionHeader(where, operation);
      default -> numeric(arithmetic(where, operation));
    };
  }

  private Arith binary(String where, ArithOp op, Operation operation) {
    Arith result = ArithNode.Binary.of(op, left(where, operation), right(where, operation));
    if (op == ArithOp.MUL && !result.range().bounded()) {
      throw new UnsupportedPipeline(where, "a product of unlimited width");
    }
    return result;
  }

  private Cond logical(String where, Operation operation) {
    return switch (operation.op()) {
      case "and" -> new Cond.And(leftCond(where, operation), cond(where, operation));
      case "or" -> new Cond.Or(leftCond(where, operation), cond(where, operation));
      case "not" -> new Cond.Not(cond(where, operation));
      case "d2b" -> toBool(right(where, operation));
      case "valid" -> new Cond.HeaderValid(header(where, rightOf(where, operation)).value());
      default -> new Cond.UnionValid(union(where, rightOf(where, operation)).value());
    };
  }

  private Arith arithmetic(String where, Operation operation) {
    String op = operation.op();
    return switch (op) {
      case "~" -> new ArithNode.Complement(right(where, operation));
      case "b2d" -> new ArithLeaf.BoolToData(cond(where, operation));
      case "two_comp_mod" ->
          new ArithNode.SignedCast(numberLeft(where, operation), castBits(where, operation));
      case "sat_cast" -> saturate(where, operation, Range.signed(castBits(where, operation)));
      case "usat_cast" -> saturate(where, operation, Range.unsigned(castBits(where, operation)));
      case "last_stack_index" -> {
        int stack = stack(where, rightOf(where, operation)).number();
        yield new ArithLeaf.LastStackIndex(stack, Range.of(-1, symbols.layout().stackDepth(stack)));
      }
      case "size_stack" -> {
        int stack = stack(where, rightOf(where, operation)).number();
        yield new ArithLeaf.StackSize(stack, Range.of(0, symbols.layout().stackDepth(stack)));
      }
      default -> throw new UnsupportedPipeline(where, "unsupported operator \"" + op + "\"");
    };
  }

  private Arith saturate(String where, Operation operation, Range range) {
    return new ArithNode.SaturatingCast(numberLeft(where, operation), range);
  }

  private Operand leftOf(String where, Operation operation) {
    return operation.left().orElseThrow(() -> missing(where, operation, "left"));
  }

  private Operand rightOf(String where, Operation operation) {
    return operation.right().orElseThrow(() -> missing(where, operation, "right"));
  }

  private static MalformedPipeline missing(String where, Operation operation, String side) {
    return new MalformedPipeline(
        where, "operator \"" + operation.op() + "\" has no " + side + " operand");
  }

  /** The left side of an arithmetic operation; a unary plus or minus has 0 there. */
  private Arith left(String where, Operation operation) {
    boolean unary = operation.op().equals("+") || operation.op().equals("-");
    return unary && operation.left().isEmpty()
        ? new ArithLeaf.Constant(BigInteger.ZERO)
        : numberLeft(where, operation);
  }

  private Arith numberLeft(String where, Operation operation) {
    return number(where, leftOf(where, operation));
  }

  private Arith right(String where, Operation operation) {
    return number(where, rightOf(where, operation));
  }

  private Cond leftCond(String where, Operation operation) {
    return condition(where, leftOf(where, operation));
  }

  private Cond cond(String where, Operation operation) {
    return condition(where, rightOf(where, operation));
  }

  private Cond compare(String where, Operation operation, Cond.Relation relation) {
    Typed left = resolve(where, leftOf(where, operation));
    Typed right = resolve(where, rightOf(where, operation));
    boolean equality = relation == Cond.Relation.EQUAL || relation == Cond.Relation.NOT_EQUAL;
    if (left instanceof Typed.Numeric a && right instanceof Typed.Numeric b) {
      return new Cond.Compare(relation, a.value(), b.value());
    }
    if (equality) {
      Cond equal = null;
      if (left instanceof Typed.Logical a && right instanceof Typed.Logical b) {
        equal = new Cond.Same(a.value(), b.value());
      } else if (left instanceof Typed.OfHeader a && right instanceof Typed.OfHeader b) {
        equal = new Cond.HeadersEqual(a.value(), b.value());
      } else if (left instanceof Typed.OfUnion a && right instanceof Typed.OfUnion b) {
        equal = new Cond.UnionsEqual(a.value(), b.value());
      }
      if (equal != null) {
        return relation == Cond.Relation.EQUAL ? equal : new Cond.Not(equal);
      }
    }
    throw new UnsupportedPipeline(
        where,
        "operator \"" + operation.op() + "\" between " + left.kind() + " and " + right.kind());
  }

  private Typed choice(String where, Operation operation) {
    Operand test = operation.cond().orElseThrow(() -> missing(where, operation, "cond"));
    Cond condition = condition(where, test);
    Typed left = resolve(where, leftOf(where, operation));
    Typed right = resolve(where, rightOf(where, operation));
    if (left instanceof Typed.Logical a && right instanceof Typed.Logical b) {
      return new Typed.Logical(new Cond.Choice(condition, a.value(), b.value()));
    }
    return numeric(
        new ArithNode.Choice(condition, numberLeft(where, operation), right(where, operation)));
  }

  private int castBits(String where, Operation operation) {
    if (right(where, operation) instanceof ArithLeaf.Constant constant
        && constant.value().signum() > 0
        && constant.value().compareTo(BigInteger.valueOf(WIDEST_CAST)) <= 0) {
      return constant.value().intValue();
    }
    throw new UnsupportedPipeline(
        where,
        "operator \"" + operation.op() + "\" needs a constant width from 1 to " + WIDEST_CAST);
  }

  private Typed.OfStack stack(String where, Operand operand) {
    Typed typed = resolve(where, operand);
    if (typed instanceof Typed.OfStack stack) {
      return stack;
    }
    throw expected(where, "a header stack", typed);
  }

  private Typed.OfUnion union(String where, Operand operand) {
    Typed typed = resolve(where, operand);
    if (typed instanceof Typed.OfUnion union) {
      return union;
    }
    throw expected(where, "a header union", typed);
  }

  private Typed stackElement(String where, Operation operation) {
    Typed.OfStack stack = stack(where, leftOf(where, operation));
    Arith index = right(where, operation);
    if (index instanceof ArithLeaf.Constant constant && constant.value().bitLength() < 32) {
      int header = symbols.layout().stackHeader(stack.number(), constant.value().longValue());
      if (header >= 0) {
        return new Typed.OfHeader(new HeaderExpr.Static(header), stack.type());
      }
    }
    return new Typed.OfHeader(new HeaderExpr.StackElement(stack.number(), index), stack.type());
  }

  private Typed unionStackElement(String where, Operation operation) {
    Typed typed = resolve(where, leftOf(where, operation));
    if (!(typed instanceof Typed.OfUnionStack stack)) {
      throw expected(where, "a header union stack", typed);
    }
    return new Typed.OfUnion(
        new UnionExpr.StackElement(stack.number(), right(where, operation)),
        symbols.unionOfStack(where, stack.number()));
  }

  private Typed accessField(String where, Operation operation) {
    Typed.OfHeader header = header(where, leftOf(where, operation));
    int offset = offset(where, operation);
    List<FieldLayout> declared = header.type().fields();
    if (offset > declared.size()) {
      throw new MalformedPipeline(
          where, "header type \"" + header.type().name() + "\" has no field " + offset);
    }
    // The hidden validity bit follows the declared fields.
    return numeric(
        fields.of(
            header.value(),
            offset == declared.size() ? Optional.empty() : Optional.of(declared.get(offset))));
  }

  private Typed accessUnionHeader(String where, Operation operation) {
    Typed.OfUnion union = union(where, leftOf(where, operation));
    int member = offset(where, operation);
    if (member >= symbols.unionMembers(union.like())) {
      throw new MalformedPipeline(where, "the header union has no member " + member);
    }
    return new Typed.OfHeader(
        new HeaderExpr.UnionMember(union.value(), member),
        symbols.unionMemberType(union.like(), member));
  }

  private int offset(String where, Operation operation) {
    if (rightOf(where, operation) instanceof Operand.Offset offset) {
      return offset.value();
    }
    throw new MalformedPipeline(
        where, "operator \"" + operation.op() + "\" needs a plain number on the right");
  }
}
