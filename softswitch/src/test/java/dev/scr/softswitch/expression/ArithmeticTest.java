package dev.scr.softswitch.expression;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.softswitch.Fixture;
import dev.scr.softswitch.packet.ActionData;
import dev.scr.softswitch.packet.EventCounters;
import dev.scr.softswitch.packet.FieldLayout;
import dev.scr.softswitch.packet.FieldLayout.Storage;
import dev.scr.softswitch.packet.HeaderLayout;
import dev.scr.softswitch.packet.Packet;
import dev.scr.softswitch.packet.PhvLayout;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every operation against {@code BigInteger}, at the edges of every representation. */
class ArithmeticTest {

  private static final int[] WIDTHS = {1, 2, 8, 16, 31, 32, 33, 48, 63, 64, 65, 128, 256};

  private final Packet packet =
      new Packet(new PhvLayout(List.of(), List.of(), List.of(), List.of()), new EventCounters());

  /** An operand of a width, whose value comes with the packet. */
  private record Operand(int bits, boolean signed, BigInteger value) {}

  private static List<Operand> operands() {
    List<Operand> operands = new ArrayList<>();
    for (int bits : WIDTHS) {
      BigInteger top = BigInteger.ONE.shiftLeft(bits);
      for (BigInteger value :
          List.of(
              BigInteger.ZERO,
              BigInteger.ONE,
              top.shiftRight(1),
              top.subtract(BigInteger.ONE),
              top.subtract(BigInteger.TWO).max(BigInteger.ZERO))) {
        operands.add(new Operand(bits, false, value));
        if (bits > 1) {
          operands.add(
              new Operand(bits, true, value.testBit(bits - 1) ? value.subtract(top) : value));
        }
      }
    }
    return operands;
  }

  /** A parameter, or a cast of it that makes its value signed. */
  private Arith read(int index, Operand operand) {
    Arith parameter = new ArithLeaf.Parameter(index, Range.unsigned(operand.bits));
    return operand.signed ? new ArithNode.SignedCast(parameter, operand.bits) : parameter;
  }

  private void give(Operand... operands) {
    List<BigInteger> values = new ArrayList<>();
    for (Operand operand : operands) {
      values.add(operand.value.mod(BigInteger.ONE.shiftLeft(operand.bits)));
    }
    packet.arguments = new ActionData(values);
  }

  @ParameterizedTest
  @EnumSource(ArithOp.class)
  void binaryOperationsAreExact(ArithOp op) {
    for (Operand left : operands()) {
      for (Operand right : operands()) {
        give(left, right);
        Arith node = ArithNode.Binary.of(op, read(0, left), read(1, right));
        check(op + " " + left + " " + right, expected(op, left.value, right.value), node);
      }
    }
  }

  private void check(String what, BigInteger expected, Arith node) {
    assertEquals(expected.longValue(), node.low(packet), what + ": low bits");
    // A shift too far to be useful is cut short, so its exact value is not compared.
    if (expected.bitLength() < 1 << 16) {
      assertEquals(expected, node.exact(packet), what);
      Range range = node.range();
      assertTrue(
          expected.compareTo(range.low()) >= 0 && expected.compareTo(range.high()) <= 0,
          () -> what + ": outside of its range " + range.low() + ".." + range.high());
    }
  }

  private static BigInteger expected(ArithOp op, BigInteger a, BigInteger b) {
    BigInteger far = BigInteger.valueOf(1 << 17);
    BigInteger shift = b.signum() < 0 ? BigInteger.ZERO : b.min(far);
    return switch (op) {
      case ADD -> a.add(b);
      case SUB -> a.subtract(b);
      case MUL -> a.multiply(b);
      case DIV -> b.signum() == 0 ? BigInteger.ZERO : a.divide(b);
      case MOD -> b.signum() == 0 ? BigInteger.ZERO : a.remainder(b);
      case SHIFT_LEFT -> a.shiftLeft(shift.intValue());
      case SHIFT_RIGHT -> a.shiftRight(shift.intValue());
      case AND -> a.and(b);
      case OR -> a.or(b);
      case XOR -> a.xor(b);
    };
  }

  @ParameterizedTest
  @EnumSource(Cond.Relation.class)
  void comparisonsAreExact(Cond.Relation relation) {
    for (Operand left : operands()) {
      for (Operand right : operands()) {
        give(left, right);
        Cond node = new Cond.Compare(relation, read(0, left), read(1, right));
        assertEquals(
            relation.holds(left.value.compareTo(right.value)),
            node.test(packet),
            relation + " " + left + " " + right);
      }
    }
  }

  @Test
  void unaryOperationsAreExact() {
    for (Operand operand : operands()) {
      give(operand);
      Arith value = read(0, operand);
      check("~ " + operand, operand.value.not(), new ArithNode.Complement(value));
      assertEquals(
          operand.value.signum() != 0, new Cond.DataToBool(value).test(packet), "d2b " + operand);
      for (int bits : WIDTHS) {
        castsAreExact(operand, value, bits);
      }
    }
  }

  private void castsAreExact(Operand operand, Arith value, int bits) {
    BigInteger top = BigInteger.ONE.shiftLeft(bits);
    BigInteger low = operand.value.mod(top);
    BigInteger wrapped = low.testBit(bits - 1) ? low.subtract(top) : low;
    String what = "to " + bits + " bits: " + operand;
    check(what, wrapped, new ArithNode.SignedCast(value, bits));
    check(
        "saturated " + what,
        operand.value.max(BigInteger.ZERO).min(top.subtract(BigInteger.ONE)),
        new ArithNode.SaturatingCast(value, Range.unsigned(bits)));
    BigInteger half = top.shiftRight(1);
    check(
        "saturated signed " + what,
        operand.value.max(half.negate()).min(half.subtract(BigInteger.ONE)),
        new ArithNode.SaturatingCast(value, Range.signed(bits)));
  }

  @Test
  void treesOfOperationsAreExact() {
    for (int i = 0; i < 20 * Fixture.seeds(); i++) {
      long seed = Long.getLong("seed", i);
      SplittableRandom random = new SplittableRandom(seed);
      Operand[] leaves = new Operand[6];
      List<Operand> pool = operands();
      for (int k = 0; k < leaves.length; k++) {
        leaves[k] = pool.get(random.nextInt(pool.size()));
      }
      give(leaves);
      Tree tree = tree(leaves, random, 4);
      check("seed=" + seed, tree.value, tree.node);
    }
  }

  private record Tree(Arith node, BigInteger value) {}

  private Tree tree(Operand[] leaves, SplittableRandom random, int depth) {
    if (depth == 0) {
      int index = random.nextInt(leaves.length);
      return new Tree(read(index, leaves[index]), leaves[index].value);
    }
    Tree left = tree(leaves, random, depth - 1);
    Tree right = tree(leaves, random, depth - 1);
    ArithOp[] ops = {
      ArithOp.ADD, ArithOp.SUB, ArithOp.MUL, ArithOp.AND, ArithOp.OR, ArithOp.XOR, ArithOp.DIV
    };
    ArithOp op = ops[random.nextInt(ops.length)];
    if (random.nextInt(4) == 0) {
      Cond condition = new Cond.Compare(Cond.Relation.LESS, left.node, right.node);
      boolean less = left.value.compareTo(right.value) < 0;
      return new Tree(
          new ArithNode.Choice(condition, left.node, right.node), less ? left.value : right.value);
    }
    return new Tree(
        ArithNode.Binary.of(op, left.node, right.node), expected(op, left.value, right.value));
  }

  @Test
  void assignmentsWrapOrSaturateAtTheWidthOfTheField() {
    for (int bits : WIDTHS) {
      for (Operand operand : operands()) {
        for (boolean signed : new boolean[] {false, true}) {
          for (boolean saturating : new boolean[] {false, true}) {
            if (bits > 1 || !signed) {
              assignmentIsExact(bits, signed, saturating, operand);
            }
          }
        }
      }
    }
  }

  private void assignmentIsExact(int bits, boolean signed, boolean saturating, Operand operand) {
    Storage storage = bits <= 64 ? Storage.NARROW : Storage.WIDE;
    FieldLayout field = new FieldLayout("f", bits, signed, saturating, storage, 0, 0);
    int narrow = storage == Storage.NARROW ? 1 : 0;
    HeaderLayout type = new HeaderLayout("t", List.of(field), narrow, 1 - narrow, bits, 0);
    PhvLayout layout =
        new PhvLayout(
            List.of(new PhvLayout.HeaderInstance("h", type, true, -1)),
            List.of(),
            List.of(),
            List.of());
    Packet target = new Packet(layout, new EventCounters());
    target.arguments =
        new ActionData(List.of(operand.value.mod(BigInteger.ONE.shiftLeft(operand.bits))));
    Range range = signed ? Range.signed(bits) : Range.unsigned(bits);
    BigInteger top = BigInteger.ONE.shiftLeft(bits);
    BigInteger low = operand.value.mod(top);
    BigInteger wrapped = signed && low.testBit(bits - 1) ? low.subtract(top) : low;
    BigInteger expected = saturating ? operand.value.max(range.low()).min(range.high()) : wrapped;
    Arith read =
        storage == Storage.NARROW
            ? new ArithLeaf.NarrowField(0, field, 0, range)
            : new ArithLeaf.WideField(0, field, 0, range);
    String what = operand + " to " + field;
    for (Place place :
        List.of(
            new Place.Static(0, field, 0), new Place.Dynamic(new HeaderExpr.Static(0), field))) {
      place.assign(target, read(0, operand));
      assertEquals(expected, read.exact(target), what);
      place.assign(target, operand.value);
      assertEquals(expected, read.exact(target), what);
      if (operand.value.bitLength() < 64) {
        place.assign(target, operand.value.longValue());
        assertEquals(expected, read.exact(target), what);
      }
    }
  }
}
