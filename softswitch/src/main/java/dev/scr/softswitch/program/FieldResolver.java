package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.ArithLeaf;
import dev.scr.softswitch.expression.HeaderExpr;
import dev.scr.softswitch.expression.Range;
import dev.scr.softswitch.expression.UnionExpr;
import dev.scr.softswitch.json.MalformedPipeline;
import dev.scr.softswitch.json.Operand;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.FieldLayout.Storage;
import dev.scr.softswitch.packet.HeaderLayout;
import java.util.Optional;

/** References to fields and to packet bits to nodes that read them. */
final class FieldResolver {

  private static final int FURTHEST_BITS = 1 << 16;

  private final Symbols symbols;

  FieldResolver(Symbols symbols) {
    this.symbols = symbols;
  }

  /** A field of the program, or the validity bit of a header. */
  Arith named(String where, Operand.Field reference) {
    Symbols.FieldRef ref = symbols.field(where, reference);
    if (ref.field().isEmpty()) {
      return new ArithLeaf.ValidBit(new HeaderExpr.Static(ref.header()));
    }
    return of(ref.header(), ref.field().get());
  }

  /** A field of a header known at load time, to read. */
  Arith of(int header, FieldLayout field) {
    return field.storage() == Storage.NARROW
        ? new ArithLeaf.NarrowField(
            header, field, symbols.layout().narrowIndex(header, field), range(field))
        : new ArithLeaf.WideField(
            header, field, symbols.layout().wideIndex(header, field), range(field));
  }

  /** A field of a header that may be known at run time only; none for its validity bit. */
  Arith of(HeaderExpr header, Optional<FieldLayout> field) {
    if (header instanceof HeaderExpr.Static known && field.isPresent()) {
      return of(known.number(), field.get());
    }
    return field.isEmpty()
        ? new ArithLeaf.ValidBit(header)
        : new ArithLeaf.HeaderField(header, field.get(), range(field.get()));
  }

  private static Range range(FieldLayout field) {
    return field.signed() ? Range.signed(field.bits()) : Range.unsigned(field.bits());
  }

  /** A field of the element of a stack that was extracted last. */
  Arith ofStack(String where, Operand.StackField reference) {
    HeaderLayout type = symbols.stackType(where, reference.stack());
    int stack = symbols.stack(where, reference.stack());
    return of(new HeaderExpr.LastElement(stack), Symbols.fieldOf(where, type, reference.field()));
  }

  /** A field of a member of the union that was extracted last. */
  Arith ofUnionStack(String where, Operand.UnionStackField reference) {
    int stack = symbols.unionStack(where, reference.stack());
    int union = symbols.unionOfStack(where, stack);
    int member = symbols.unionMember(where, union, reference.member());
    return of(
        new HeaderExpr.UnionMember(new UnionExpr.LastElement(stack), member),
        Symbols.fieldOf(where, symbols.unionMemberType(union, member), reference.field()));
  }

  /** Bits that follow the parser's position. */
  static Arith lookahead(String where, Operand.Lookahead lookahead) {
    int bits = lookahead.bits();
    if (bits == 0 || bits > FURTHEST_BITS || lookahead.bitOffset() > FURTHEST_BITS) {
      throw new MalformedPipeline(
          where, "expected a lookahead of 1 to " + FURTHEST_BITS + " bits, found " + bits);
    }
    return new ArithLeaf.Lookahead(lookahead.bitOffset(), bits, Range.unsigned(bits));
  }
}
