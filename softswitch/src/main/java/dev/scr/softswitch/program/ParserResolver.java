package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.ArithLeaf;
import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.Operand;
import dev.scr.softswitch.json.PipelineJson;
import dev.scr.softswitch.json.PipelineJson.ExtractTarget;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.HeaderLayout;
import dev.scr.softswitch.state.ValueSet;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A parser of the file to states with numbers. */
final class ParserResolver {

  private final String file;
  private final Symbols symbols;
  private final ExpressionResolver expressions;
  private final PrimitiveResolver primitives;
  private final Map<String, ValueSet> valueSets;
  private final ParserErrors errors;
  private final Map<String, List<Integer>> valueSetWidths;
  private final Map<String, Integer> stateByName = new HashMap<>();

  /**
   * {@code valueSetWidths} is filled with the widths of the key fields that each set is used on.
   */
  ParserResolver(
      String file,
      PrimitiveResolver.Scope scope,
      ParserErrors errors,
      Map<String, List<Integer>> valueSetWidths) {
    this.file = file;
    this.errors = errors;
    this.valueSetWidths = valueSetWidths;
    symbols = scope.symbols();
    expressions = new ExpressionResolver(symbols, scope.state().registers(), List.of());
    primitives = new PrimitiveResolver(scope, List.of());
    valueSets = scope.state().valueSets();
  }

  ParserNode resolve(PipelineJson.Parser parser, List<Checksum> checksums) {
    String where = file + ": parsers \"" + parser.name() + "\"";
    for (int i = 0; i < parser.states().size(); i++) {
      String name = parser.states().get(i).name();
      if (stateByName.putIfAbsent(name, i) != null) {
        throw new MalformedPipeline(where, "two states \"" + name + "\"");
      }
    }
    List<ParserState> states =
        parser.states().stream()
            .map(state -> state(where + ": state \"" + state.name() + "\"", state))
            .toList();
    int initial = next(where + ": init_state", Optional.of(parser.initState()));
    return new ParserNode(states, initial, errors, checksums);
  }

  private ParserState state(String where, PipelineJson.ParseState state) {
    List<ParserOp> ops = new ArrayList<>();
    for (int i = 0; i < state.ops().size(); i++) {
      ops.add(op(where + ": op " + i, state.ops().get(i)));
    }
    List<KeyPart> key = new ArrayList<>();
    int offset = 0;
    int peeked = 0;
    for (int i = 0; i < state.key().size(); i++) {
      Arith value = expressions.number(where + ": key " + i, state.key().get(i));
      int bits = bits(where + ": key " + i, value);
      key.add(new KeyPart(value, -1, offset, bits, null));
      offset += Bits.words(bits);
      peeked = Math.max(peeked, peeked(value));
    }
    List<ParserState.Transition> transitions = new ArrayList<>();
    int defaultNext = ParserState.END;
    for (int i = 0; i < state.transitions().size(); i++) {
      String at = where + ": transition " + i;
      switch (state.transitions().get(i)) {
        case PipelineJson.Transition.Default other -> defaultNext = next(at, other.next());
        case PipelineJson.Transition.Value value -> transitions.add(value(at, key, value));
        case PipelineJson.Transition.InSet inSet -> transitions.add(inSet(at, key, inSet));
      }
    }
    return new ParserState(ops, key, peeked, transitions, defaultNext);
  }

  private int next(String where, Optional<String> name) {
    if (name.isEmpty()) {
      return ParserState.END;
    }
    Integer state = stateByName.get(name.get());
    if (state == null) {
      throw Symbols.dangling(where, "state", name.get());
    }
    return state;
  }

  /** Width of a key field: that of the field or of the lookahead. */
  private static int bits(String where, Arith value) {
    return switch (value) {
      case ArithLeaf.NarrowField field -> field.field().bits();
      case ArithLeaf.WideField field -> field.field().bits();
      case ArithLeaf.HeaderField field -> field.field().bits();
      case ArithLeaf.Lookahead lookahead -> lookahead.bits();
      case ArithLeaf.ValidBit _ -> 1;
      default -> throw new MalformedPipeline(where, "expected a field or a lookahead");
    };
  }

  private static int peeked(Arith value) {
    return value instanceof ArithLeaf.Lookahead lookahead
        ? lookahead.bitOffset() + lookahead.bits()
        : 0;
  }

  private ParserState.Transition value(
      String where, List<KeyPart> key, PipelineJson.Transition.Value transition) {
    int expected = key.stream().mapToInt(part -> (part.bits() + 7) / 8).sum();
    if (transition.bytes() != expected) {
      throw new MalformedPipeline(
          where, "expected a value of " + expected + " bytes, found " + transition.bytes());
    }
    BigInteger mask = transition.mask().orElse(Bits.mask(expected * 8));
    long[] maskWords = split(where, key, mask);
    long[] valueWords = split(where, key, transition.value().and(mask));
    return new ParserState.Transition.Value(valueWords, maskWords, next(where, transition.next()));
  }

  /** Takes a number that concatenates byte-padded key fields apart, into the words of a key. */
  private static long[] split(String where, List<KeyPart> key, BigInteger padded) {
    if (padded.signum() < 0) {
      throw new MalformedPipeline(where, "expected a value and a mask >= 0");
    }
    long[] words = new long[key.stream().mapToInt(KeyPart::words).sum()];
    int shift = 0;
    for (int i = key.size() - 1; i >= 0; i--) {
      KeyPart part = key.get(i);
      int paddedBits = (part.bits() + 7) / 8 * 8;
      BigInteger field = Bits.lowBits(padded.shiftRight(shift), paddedBits);
      // Padding bits of a key are 0; a value with others there never matches.
      Bits.toWords(field, words, part.offset(), part.words());
      shift += paddedBits;
    }
    return words;
  }

  private ParserState.Transition inSet(
      String where, List<KeyPart> key, PipelineJson.Transition.InSet transition) {
    ValueSet set = valueSets.get(transition.valueSet());
    if (set == null) {
      throw Symbols.dangling(where, "parser value set", transition.valueSet());
    }
    List<Integer> widths = key.stream().map(KeyPart::bits).toList();
    int bits = widths.stream().mapToInt(Integer::intValue).sum();
    List<Integer> before = valueSetWidths.putIfAbsent(set.name(), widths);
    if (bits != set.bits() || (before != null && !before.equals(widths))) {
      throw new MalformedPipeline(
          where,
          "expected a key of "
              + set.bits()
              + " bits for parser value set \""
              + set.name()
              + "\", found "
              + widths);
    }
    long[] mask = new long[key.stream().mapToInt(KeyPart::words).sum()];
    if (transition.mask().isPresent()) {
      mask = split(where, key, transition.mask().get());
    } else {
      Arrays.fill(mask, -1L);
    }
    return new ParserState.Transition.InSet(set, mask, next(where, transition.next()));
  }

  private ParserOp op(String where, PipelineJson.ParserOp op) {
    return switch (op) {
      case PipelineJson.ParserOp.Extract extract -> extract(where, extract);
      case PipelineJson.ParserOp.Set set -> {
        Arith value = expressions.number(where, set.value());
        if (set.value() instanceof Operand.Field source
            && symbols.field(where, source).field().isPresent()
            && symbols.field(where, source).field().get().storage()
                == FieldLayout.Storage.VARIABLE) {
          PipelineJson.Primitive assign =
              new PipelineJson.Primitive("assign_VL", List.of(set.target(), source), "");
          yield new ParserOp.Call(primitives.resolve(where, assign, 0));
        }
        yield new ParserOp.Set(primitives.place(where, set.target()), value, peeked(value), errors);
      }
      case PipelineJson.ParserOp.Verify verify ->
          new ParserOp.Verify(
              expressions.condition(where, verify.condition()),
              expressions.number(where, verify.error()));
      case PipelineJson.ParserOp.Advance advance ->
          new ParserOp.Advance(expressions.number(where, advance.bits()), errors);
      case PipelineJson.ParserOp.Call call ->
          new ParserOp.Call(primitives.resolve(where, call.primitive(), 0));
    };
  }

  private ParserOp extract(String where, PipelineJson.ParserOp.Extract extract) {
    return switch (extract.target()) {
      case ExtractTarget.Regular regular -> {
        int header = symbols.header(where, regular.header());
        yield new ParserOp.Extract(header, extractor(where, symbols.type(header), extract));
      }
      case ExtractTarget.Stack stack ->
          new ParserOp.ExtractStack(
              symbols.stack(where, stack.stack()),
              extractor(where, symbols.stackType(where, stack.stack()), extract));
      case ExtractTarget.UnionStack unionStack -> {
        int stack = symbols.unionStack(where, unionStack.stack());
        int union = symbols.unionOfStack(where, stack);
        int member = symbols.unionMember(where, union, unionStack.member());
        yield new ParserOp.ExtractUnionStack(
            stack, member, extractor(where, symbols.unionMemberType(union, member), extract));
      }
    };
  }

  private ParserOp.Extractor extractor(
      String where, HeaderLayout type, PipelineJson.ParserOp.Extract extract) {
    if (type.variableLength() != extract.bits().isPresent()) {
      throw new MalformedPipeline(
          where,
          type.variableLength()
              ? "header type \"" + type.name() + "\" has a variable length: use extract_VL"
              : "header type \"" + type.name() + "\" has no variable-length field");
    }
    ParserOp.Length length =
        extract.bits().isPresent()
            ? new ParserOp.Length.Computed(expressions.number(where, extract.bits().get()))
            : new ParserOp.Length.Fixed();
    return new ParserOp.Extractor(type, symbols.codec(type), length, errors);
  }
}
