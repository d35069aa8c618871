package dev.scr.softswitch.json;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/** The format's "type value object": something that a primitive or an expression reads or names. */
public sealed interface Operand {

  /** A field of a header instance. */
  record Field(String header, String field) implements Operand {}

  /** A number of any size, possibly negative. */
  record Constant(BigInteger value) implements Operand {}

  /** A boolean constant. */
  record Bool(boolean value) implements Operand {}

  /** A sequence of characters. */
  record Text(String value) implements Operand {}

  /**
   * An operation; {@code left} is absent for unary operations, {@code cond} except for {@code ?}.
   */
  record Operation(
      String op, Optional<Operand> left, Optional<Operand> right, Optional<Operand> cond)
      implements Operand {}

  /** An offset inside a header or a union, the right side of an access operation. */
  record Offset(int value) implements Operand {}

  /** An action parameter, by its index: "runtime_data" outside and "local" inside expressions. */
  record Parameter(int index) implements Operand {}

  /** A cell of a register array, as a value. */
  record RegisterCell(String array, Operand index) implements Operand {}

  /** A field of the last header extracted into a stack. */
  record StackField(String stack, String field) implements Operand {}

  /** A field of a member of the last union extracted into a stack. */
  record UnionStackField(String stack, String member, String field) implements Operand {}

  /** Bits of the packet that follow the parser's position. */
  record Lookahead(int bitOffset, int bits) implements Operand {}

  /** An object of the program, such as a header or a register array. */
  record Reference(Kind kind, String name) implements Operand {}

  /** Operands that are passed together. */
  record Vector(List<Operand> elements) implements Operand {}

  /** What kind of object a {@link Reference} names, with its spelling in the format. */
  enum Kind {
    HEADER("header"),
    HEADER_STACK("header_stack"),
    HEADER_UNION("header_union"),
    HEADER_UNION_STACK("header_union_stack"),
    CALCULATION("calculation"),
    METER_ARRAY("meter_array"),
    COUNTER_ARRAY("counter_array"),
    REGISTER_ARRAY("register_array"),
    EXTERN("extern");

    private final String spelling;

    Kind(String spelling) {
      this.spelling = spelling;
    }

    /** The kind's name in the format. */
    public String spelling() {
      return spelling;
    }
  }
}
