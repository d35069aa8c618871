package dev.scr.k2.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.BitVectors;
import dev.scr.ebpf.meaning.LongBitVectors;
import dev.scr.ebpf.meaning.Meaning;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The normal form keeps the value, and is the same where it should be. */
class TermsTest {
  private static final long SEEDS = 100L * Long.getLong("scr.seeds", 200);
  private static final int REGISTERS = 4;
  private static final long[] EDGES = {
    0,
    1,
    -1,
    8,
    16,
    31,
    32,
    63,
    0xff,
    0x100,
    0xff00,
    0xffff,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffe0_0000L,
    0xffff_ffffL,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  /** One random program on four registers, in any algebra. */
  private record Program(List<Step> steps) {
    /** One step: an operation of one of the kinds on two registers or a register and a constant. */
    private record Step(
        int kind, int row, Width width, int dst, int src, boolean imm, long value) {}

    private static <T> T row(T[] table, int number) {
      return List.of(table).get(number % table.length);
    }

    static Program random(SplittableRandom random) {
      List<Step> steps = new ArrayList<>();
      int length = 1 + random.nextInt(10);
      for (int i = 0; i < length; i++) {
        steps.add(
            new Step(
                random.nextInt(5),
                random.nextInt(1000),
                random.nextBoolean() ? Width.W32 : Width.W64,
                random.nextInt(REGISTERS),
                random.nextInt(REGISTERS),
                random.nextBoolean(),
                (int) number(random)));
      }
      return new Program(steps);
    }

    <V, C> void run(BitVectors<V, C> algebra, List<V> registers, List<C> conditions) {
      for (Step step : steps) {
        V dst = registers.get(step.dst);
        V src = step.imm ? algebra.constant(step.value) : registers.get(step.src);
        JmpOp test = row(JmpOp.values(), step.row);
        switch (step.kind) {
          case 0 -> conditions.add(Meaning.test(algebra, test, step.width, dst, src));
          case 1 -> {
            SwapOp swap = row(SwapOp.values(), step.row);
            registers.set(step.dst, Meaning.swap(algebra, swap, dst));
          }
          case 2 -> {
            C condition = Meaning.test(algebra, test, step.width, dst, src);
            registers.set(step.dst, algebra.choose(condition, src, dst));
          }
          default -> {
            AluOp op = row(AluOp.values(), step.row);
            Width width = op == AluOp.MOVSX32 ? Width.W64 : step.width;
            registers.set(step.dst, Meaning.alu(algebra, op, width, dst, src));
          }
        }
      }
    }
  }

  private static long number(SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> EDGES[random.nextInt(EDGES.length)];
      case 1 -> random.nextLong() >>> random.nextInt(64);
      default -> random.nextLong();
    };
  }

  @Test
  void theNormalFormOfRandomProgramsHasTheirValue() {
    for (long seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Program program = Program.random(random);
      Terms terms = new Terms();
      List<Term> symbolic = new ArrayList<>();
      int[] widths = {8, 32, 64, 64};
      for (int i = 0; i < REGISTERS; i++) {
        symbolic.add(terms.slices.widen(terms.symbol("x" + i, widths[i]), 64));
      }
      List<Term> conditions = new ArrayList<>();
      program.run(terms, symbolic, conditions);
      for (int input = 0; input < 6; input++) {
        List<Long> concrete = new ArrayList<>();
        for (int width : widths) {
          concrete.add(number(random) & Term.mask(width));
        }
        List<Long> start = List.copyOf(concrete);
        List<Boolean> expected = new ArrayList<>();
        program.run(LongBitVectors.INSTANCE, concrete, expected);
        Evaluation found = new Evaluation(term -> start.get(term.name.charAt(1) - '0'));
        String where = "seed " + seed + ", input " + start + ", " + program;
        for (int i = 0; i < REGISTERS; i++) {
          Term term = symbolic.get(i);
          assertEquals(concrete.get(i), found.value(term), where);
          assertEquals(0, concrete.get(i) & term.zeros, where);
        }
        for (int i = 0; i < conditions.size(); i++) {
          assertEquals(expected.get(i), found.holds(conditions.get(i)), where);
        }
      }
    }
  }

  private final Terms terms = new Terms();
  private final Term x = terms.symbol("x", 64);
  private final Term y = terms.symbol("y", 64);

  @Test
  void byteLaddersAreWideLoads() {
    Term low = terms.slices.widen(terms.symbol("a", 8), 64);
    Term high = terms.slices.widen(terms.symbol("b", 8), 64);
    Term ladder = terms.or(terms.shiftLeft(high, terms.constant(8)), low);
    Term sum = terms.add(terms.multiply(high, terms.constant(256)), low);
    Term wide =
        terms.slices.widen(
            terms.slices.concat(List.of(terms.symbol("b", 8), terms.symbol("a", 8))), 64);
    assertSame(wide, ladder);
    assertSame(wide, sum);
  }

  @Test
  void bytesOfASumAreTheSumAgain() {
    Term sum = terms.add(x, y);
    assertSame(sum, terms.reverseBytes(terms.reverseBytes(sum)));
  }

  @Test
  void shiftsAndMasksOfTheUpperHalfAreOneForm() {
    Term shifted = terms.shiftRight(terms.shiftLeft(x, terms.constant(32)), terms.constant(32));
    assertSame(shifted, terms.and(x, terms.constant(0xffff_ffffL)));
    assertSame(shifted, terms.zeroExtend(x, 32));
  }

  @Test
  void addressesOfOneBlockCompareAsOffsets() {
    Term packet = terms.address("packet");
    Term length = terms.slices.widen(terms.symbol("length", 32), 64);
    Term end = terms.add(packet, length);
    assertSame(
        terms.lessUnsigned(length, terms.constant(14)),
        terms.lessUnsigned(end, terms.add(packet, terms.constant(14))));
  }

  @Test
  void addressesAreNeverNull() {
    assertSame(terms.no, terms.equal(terms.address("value"), terms.constant(0)));
  }
}
