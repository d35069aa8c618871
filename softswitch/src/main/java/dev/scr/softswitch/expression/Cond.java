package dev.scr.softswitch.expression;

import dev.scr.softswitch.expression.Range.Fit;
import dev.scr.softswitch.packet.Packet;

/** An expression that is true or false. */
public sealed interface Cond {

  /** Its value for a packet. */
  boolean test(Packet packet);

  /** The comparisons, with their spelling in the format. */
  enum Relation {
    /** Equal. */
    EQUAL("=="),
    /** Not equal. */
    NOT_EQUAL("!="),
    /** Less. */
    LESS("<"),
    /** Less or equal. */
    LESS_EQUAL("<="),
    /** Greater. */
    GREATER(">"),
    /** Greater or equal. */
    GREATER_EQUAL(">=");

    private final String spelling;

    Relation(String spelling) {
      this.spelling = spelling;
    }

    /** The comparison's name in the format. */
    public String spelling() {
      return spelling;
    }

    /** Whether it holds between two numbers whose {@code compare} gave {@code order}. */
    boolean holds(int order) {
      return switch (this) {
        case EQUAL -> order == 0;
        case NOT_EQUAL -> order != 0;
        case LESS -> order < 0;
        case LESS_EQUAL -> order <= 0;
        case GREATER -> order > 0;
        case GREATER_EQUAL -> order >= 0;
      };
    }
  }

  /** A constant. */
  record Constant(boolean value) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return value;
    }
  }

  /** A comparison of numbers; {@code fit} is how both together are represented exactly. */
  record Compare(Relation relation, Arith left, Arith right, Fit fit) implements Cond {
    /** That comparison. */
    public Compare(Relation relation, Arith left, Arith right) {
      this(relation, left, right, left.range().fitWith(right.range()));
    }

    @Override
    public boolean test(Packet packet) {
      int order =
          switch (fit) {
            case SIGNED -> Long.compare(left.low(packet), right.low(packet));
            case UNSIGNED -> Long.compareUnsigned(left.low(packet), right.low(packet));
            case WIDE -> left.exact(packet).compareTo(right.exact(packet));
          };
      return relation.holds(order);
    }
  }

  /** Whether two booleans are the same. */
  record Same(Cond left, Cond right) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return left.test(packet) == right.test(packet);
    }
  }

  /** Whether two headers are both valid and equal. */
  record HeadersEqual(HeaderExpr left, HeaderExpr right) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return packet.phv.headersEqual(left.header(packet), right.header(packet));
    }
  }

  /** Whether two unions have the same member valid and it is equal. */
  record UnionsEqual(UnionExpr left, UnionExpr right) implements Cond {
    @Override
    public boolean test(Packet packet) {
      int a = left.union(packet);
      int b = right.union(packet);
      int member = packet.phv.validMember(a);
      return member >= 0
          && member == packet.phv.validMember(b)
          && packet.phv.headersEqual(
              packet.phv.layout().unionHeader(a, member),
              packet.phv.layout().unionHeader(b, member));
    }
  }

  /** Both. */
  record And(Cond left, Cond right) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return left.test(packet) && right.test(packet);
    }
  }

  /** At least one. */
  record Or(Cond left, Cond right) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return left.test(packet) || right.test(packet);
    }
  }

  /** The opposite. */
  record Not(Cond operand) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return !operand.test(packet);
    }
  }

  /** One of two booleans. */
  record Choice(Cond condition, Cond whenTrue, Cond whenFalse) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return condition.test(packet) ? whenTrue.test(packet) : whenFalse.test(packet);
    }
  }

  /** Whether a header is valid. */
  record HeaderValid(HeaderExpr header) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return packet.phv.isValid(header.header(packet));
    }
  }

  /** Whether a member of a union is valid. */
  record UnionValid(UnionExpr union) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return packet.phv.isUnionValid(union.union(packet));
    }
  }

  /** Whether a number is not 0. */
  record DataToBool(Arith operand) implements Cond {
    @Override
    public boolean test(Packet packet) {
      return operand.range().fit() == Fit.WIDE
          ? operand.wide(packet).signum() != 0
          : operand.low(packet) != 0;
    }
  }
}
