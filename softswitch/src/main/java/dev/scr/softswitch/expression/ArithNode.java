package dev.scr.softswitch.expression;

import dev.scr.softswitch.expression.Range.Fit;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.packet.Event;
import dev.scr.softswitch.packet.Packet;
import java.math.BigInteger;

/** Numbers that are computed from numbers. */
public sealed interface ArithNode extends Arith {

  /**
   * A binary operation.
   *
   * @param fit how the operands together are represented exactly
   */
  record Binary(ArithOp op, Arith left, Arith right, Range range, Fit fit) implements ArithNode {

    // A shift beyond this leaves nothing in any field that a program can have, so it is as good as
    // the exact amount and does not fill the memory.
    private static final int LONGEST_SHIFT = 1 << 17;

    /** That operation on those operands. */
    public Binary(ArithOp op, Arith left, Arith right) {
      this(
          op,
          left,
          right,
          op.range(left.range(), right.range()),
          left.range().fitWith(right.range()));
    }

    /** That operation on those operands, or an operand that is always equal to it. */
    public static Arith of(ArithOp op, Arith left, Arith right) {
      if (op == ArithOp.AND && keepsAll(left, right)) {
        return left;
      }
      return new Binary(op, left, right);
    }

    /** Whether a mask of low bits changes no value that an expression can have. */
    private static boolean keepsAll(Arith value, Arith mask) {
      return mask instanceof ArithLeaf.Constant constant
          && constant.value().signum() > 0
          && constant.value().bitCount() == constant.value().bitLength()
          && value.range().natural()
          && value.range().high().bitLength() <= constant.value().bitLength();
    }

    @Override
    public long low(Packet packet) {
      return switch (op) {
        case ADD -> left.low(packet) + right.low(packet);
        case SUB -> left.low(packet) - right.low(packet);
        case MUL -> left.low(packet) * right.low(packet);
        case AND -> left.low(packet) & right.low(packet);
        case OR -> left.low(packet) | right.low(packet);
        case XOR -> left.low(packet) ^ right.low(packet);
        case SHIFT_LEFT -> {
          int amount = shiftAmount(packet);
          yield amount > 63 ? 0 : left.low(packet) << amount;
        }
        case SHIFT_RIGHT -> shiftRight(packet);
        case DIV, MOD -> divide(packet);
      };
    }

    private long shiftRight(Packet packet) {
      int amount = shiftAmount(packet);
      return switch (left.range().fit()) {
        case SIGNED -> left.low(packet) >> Math.min(amount, 63);
        case UNSIGNED -> amount > 63 ? 0 : left.low(packet) >>> amount;
        case WIDE -> left.wide(packet).shiftRight(amount).longValue();
      };
    }

    private long divide(Packet packet) {
      if (fit == Fit.WIDE) {
        return wide(packet).longValue();
      }
      long dividend = left.low(packet);
      long divisor = right.low(packet);
      if (divisor == 0) {
        packet.count(Event.UNDEFINED_ARITHMETIC);
        return 0;
      }
      if (fit == Fit.SIGNED) {
        return op == ArithOp.DIV ? dividend / divisor : dividend % divisor;
      }
      return op == ArithOp.DIV
          ? Long.divideUnsigned(dividend, divisor)
          : Long.remainderUnsigned(dividend, divisor);
    }

    private int shiftAmount(Packet packet) {
      if (right.range().fit() == Fit.WIDE) {
        BigInteger amount = right.wide(packet);
        return amount.signum() < 0 ? negativeShift(packet) : clamp(amount);
      }
      long amount = right.low(packet);
      if (amount >= 0 && amount <= LONGEST_SHIFT) {
        return (int) amount;
      }
      return amount < 0 && right.range().fit() == Fit.SIGNED
          ? negativeShift(packet)
          : LONGEST_SHIFT;
    }

    private static int clamp(BigInteger amount) {
      return amount.bitLength() > 31 ? LONGEST_SHIFT : Math.min(amount.intValue(), LONGEST_SHIFT);
    }

    private static int negativeShift(Packet packet) {
      packet.count(Event.UNDEFINED_ARITHMETIC);
      return 0;
    }

    @Override
    public BigInteger wide(Packet packet) {
      if (op == ArithOp.SHIFT_LEFT) {
        return left.exact(packet).shiftLeft(shiftAmount(packet));
      }
      if (op == ArithOp.SHIFT_RIGHT) {
        return left.exact(packet).shiftRight(shiftAmount(packet));
      }
      BigInteger a = left.exact(packet);
      BigInteger b = right.exact(packet);
      return switch (op) {
        case ADD -> a.add(b);
        case SUB -> a.subtract(b);
        case MUL -> a.multiply(b);
        case AND -> a.and(b);
        case OR -> a.or(b);
        case XOR -> a.xor(b);
        case DIV, MOD -> divide(packet, a, b);
        case SHIFT_LEFT, SHIFT_RIGHT -> throw new IllegalStateException("handled above");
      };
    }

    private BigInteger divide(Packet packet, BigInteger dividend, BigInteger divisor) {
      if (divisor.signum() == 0) {
        packet.count(Event.UNDEFINED_ARITHMETIC);
        return BigInteger.ZERO;
      }
      return op == ArithOp.DIV ? dividend.divide(divisor) : dividend.remainder(divisor);
    }
  }

  /** All bits of a two's complement number without end inverted: {@code -x - 1}. */
  record Complement(Arith operand, Range range) implements ArithNode {
    /** That operand's complement. */
    public Complement(Arith operand) {
      this(operand, operand.range().complement());
    }

    @Override
    public long low(Packet packet) {
      return ~operand.low(packet);
    }

    @Override
    public BigInteger wide(Packet packet) {
      return operand.exact(packet).not();
    }
  }

  /** The low bits of a number, read in two's complement. */
  record SignedCast(Arith operand, int bits, Range range) implements ArithNode {
    /** The low {@code bits} bits of an operand. */
    public SignedCast(Arith operand, int bits) {
      this(operand, bits, Range.signed(bits));
    }

    @Override
    public long low(Packet packet) {
      return bits <= 64 ? Bits.signExtend(operand.low(packet), bits) : operand.low(packet);
    }

    @Override
    public BigInteger wide(Packet packet) {
      BigInteger value = Bits.lowBits(operand.exact(packet), bits);
      return value.testBit(bits - 1) ? value.subtract(BigInteger.ONE.shiftLeft(bits)) : value;
    }
  }

  /** A number, or the nearest one that the target range has. */
  record SaturatingCast(Arith operand, Range range) implements ArithNode {
    @Override
    public long low(Packet packet) {
      if (operand.range().fit() == Fit.SIGNED && range.fit() == Fit.SIGNED) {
        return Math.clamp(operand.low(packet), range.low().longValue(), range.high().longValue());
      }
      return wide(packet).longValue();
    }

    @Override
    public BigInteger wide(Packet packet) {
      return operand.exact(packet).max(range.low()).min(range.high());
    }
  }

  /** One of two numbers. */
  record Choice(Cond condition, Arith whenTrue, Arith whenFalse, Range range) implements ArithNode {
    /** The one that the condition picks. */
    public Choice(Cond condition, Arith whenTrue, Arith whenFalse) {
      this(condition, whenTrue, whenFalse, whenTrue.range().union(whenFalse.range()));
    }

    @Override
    public long low(Packet packet) {
      return condition.test(packet) ? whenTrue.low(packet) : whenFalse.low(packet);
    }

    @Override
    public BigInteger wide(Packet packet) {
      return condition.test(packet) ? whenTrue.exact(packet) : whenFalse.exact(packet);
    }
  }
}
