package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.Cond;
import dev.scr.softswitch.expression.HeaderExpr;
import dev.scr.softswitch.expression.UnionExpr;
import dev.scr.softswitch.packet.HeaderLayout;

/** A resolved expression of any type. */
sealed interface Typed {

  /** What it is, for messages. */
  String kind();

  /** A number. */
  record Numeric(Arith value) implements Typed {
    @Override
    public String kind() {
      return "a number";
    }
  }

  /** A boolean. */
  record Logical(Cond value) implements Typed {
    @Override
    public String kind() {
      return "a boolean";
    }
  }

  /** A header. */
  record OfHeader(HeaderExpr value, HeaderLayout type) implements Typed {
    @Override
    public String kind() {
      return "a header";
    }
  }

  /** A header stack. */
  record OfStack(int number, HeaderLayout type) implements Typed {
    @Override
    public String kind() {
      return "a header stack";
    }
  }

  /** A header union; {@code like} is a union whose members have the same types. */
  record OfUnion(UnionExpr value, int like) implements Typed {
    @Override
    public String kind() {
      return "a header union";
    }
  }

  /** A header union stack. */
  record OfUnionStack(int number) implements Typed {
    @Override
    public String kind() {
      return "a header union stack";
    }
  }
}
