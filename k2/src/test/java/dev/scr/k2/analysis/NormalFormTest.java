package dev.scr.k2.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.LongBitVectors;
import dev.scr.ebpf.meaning.Meaning;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Whatever normal form a term gets, it is the value that the meaning of the instructions says, and
 * its bounds contain that value.
 */
class NormalFormTest {
  private static final long[] CORNERS = {
    0,
    1,
    2,
    7,
    8,
    31,
    32,
    63,
    64,
    255,
    256,
    65535,
    65536,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2,
    -255,
    -241
  };

  private final Terms terms = new Terms();
  private final Map<Term, Long> symbols = new HashMap<>();
  private final byte[] memory = new byte[64];

  /** The value of a term, from its definition alone. */
  private long evaluate(Term term) {
    LongBitVectors bv = LongBitVectors.INSTANCE;
    return switch (term.op()) {
      case CONSTANT -> term.value();
      case SYMBOL -> Objects.requireNonNull(symbols.get(term));
      case LOAD -> {
        long value = 0;
        int at = (int) evaluate(term.a());
        for (int i = 0; i < term.value(); i++) {
          value |= (memory[at + i] & 0xffL) << (8 * i);
        }
        yield value;
      }
      case ADD -> evaluate(term.a()) + evaluate(term.b());
      case SUB -> evaluate(term.a()) - evaluate(term.b());
      case MUL -> evaluate(term.a()) * evaluate(term.b());
      case UDIV -> bv.divideUnsigned(evaluate(term.a()), divisor(term));
      case UREM -> bv.remainderUnsigned(evaluate(term.a()), divisor(term));
      case SDIV -> bv.divideSigned(evaluate(term.a()), divisor(term));
      case SREM -> bv.remainderSigned(evaluate(term.a()), divisor(term));
      case AND -> evaluate(term.a()) & evaluate(term.b());
      case OR -> evaluate(term.a()) | evaluate(term.b());
      case XOR -> evaluate(term.a()) ^ evaluate(term.b());
      case SHL -> evaluate(term.a()) << evaluate(term.b());
      case SHR -> evaluate(term.a()) >>> evaluate(term.b());
      case SAR -> evaluate(term.a()) >> evaluate(term.b());
      case SEXT -> bv.signExtend(evaluate(term.a()), (int) term.value());
      case REVERSE -> Long.reverseBytes(evaluate(term.a()));
      case ITE -> evaluate(term.c()) != 0 ? evaluate(term.a()) : evaluate(term.b());
      case EQ -> evaluate(term.a()) == evaluate(term.b()) ? 1 : 0;
      case ULT -> Long.compareUnsigned(evaluate(term.a()), evaluate(term.b())) < 0 ? 1 : 0;
      case SLT -> evaluate(term.a()) < evaluate(term.b()) ? 1 : 0;
      case NOT -> 1 - evaluate(term.a());
    };
  }

  /** A divisor of zero is never asked for; anything else will do. */
  private long divisor(Term term) {
    long value = evaluate(term.b());
    return value == 0 ? 1 : value;
  }

  private static <T> T pick(SplittableRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private Term leaf(SplittableRandom random) {
    long value = random.nextBoolean() ? CORNERS[random.nextInt(CORNERS.length)] : random.nextLong();
    return switch (random.nextInt(4)) {
      case 0 -> terms.constant(value);
      case 1 -> {
        Term address = terms.symbol(-7, Bounds.ANY, new Region.Packet());
        symbols.put(address, 8L);
        yield terms.load(
            1, terms.add(address, terms.constant(random.nextInt(8))), 1 << random.nextInt(4), null);
      }
      default -> {
        Term symbol = terms.symbol(random.nextInt(6), Bounds.ANY, null);
        symbols.putIfAbsent(symbol, value);
        yield symbol;
      }
    };
  }

  @Test
  void aTermHasTheValueThatTheMeaningSays() {
    int rounds = 60 * Integer.getInteger("scr.seeds", 200);
    for (int seed = 0; seed < rounds; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      symbols.clear();
      random.nextBytes(memory);
      Term value = leaf(random);
      long expected = evaluate(value);
      for (int step = 0; step < 10; step++) {
        if (random.nextInt(8) == 0) {
          SwapOp op = pick(random, List.of(SwapOp.values()));
          value = Meaning.swap(terms, op, value);
          expected = Meaning.swap(LongBitVectors.INSTANCE, op, expected);
        } else {
          AluOp op = pick(random, List.of(AluOp.values()));
          Width width = pick(random, List.of(Width.values()));
          Term other = leaf(random);
          long otherValue = evaluate(other);
          value = Meaning.alu(terms, op, width, value, other);
          expected = Meaning.alu(LongBitVectors.INSTANCE, op, width, expected, otherValue);
        }
        assertEquals(expected, evaluate(value), "seed " + seed + ": " + value);
        assertTrue(
            value.bounds().contains(expected),
            "seed " + seed + ": " + value + " in " + value.bounds() + ", found " + expected);
      }
    }
  }

  @Test
  void aConditionHasTheTruthThatTheMeaningSays() {
    for (int seed = 0; seed < 60 * Integer.getInteger("scr.seeds", 200); seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      symbols.clear();
      random.nextBytes(memory);
      Term a = leaf(random);
      Term b = leaf(random);
      JmpOp op = pick(random, List.of(JmpOp.values()));
      Width width = pick(random, List.of(Width.values()));
      boolean expected = Meaning.test(LongBitVectors.INSTANCE, op, width, evaluate(a), evaluate(b));
      Term found = Meaning.test(terms, op, width, a, b);
      assertEquals(expected ? 1 : 0, evaluate(found), "seed " + seed + ": " + found);
    }
  }

  @Test
  void meetAndJoinContainWhatTheyMust() {
    for (int seed = 0; seed < 20 * Integer.getInteger("scr.seeds", 200); seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long value =
          random.nextBoolean() ? CORNERS[random.nextInt(CORNERS.length)] : random.nextLong();
      Bounds one = around(random, value);
      Bounds two = around(random, value);
      assertTrue(one.meet(two).contains(value), "seed " + seed);
      long other = CORNERS[random.nextInt(CORNERS.length)];
      Bounds joined = one.join(around(random, other));
      assertTrue(joined.contains(value) && joined.contains(other), "seed " + seed);
    }
  }

  private static Bounds around(SplittableRandom random, long value) {
    long mask = random.nextLong();
    return switch (random.nextInt(4)) {
      case 0 -> Bounds.of(value);
      case 1 -> Bounds.bits(~value & mask, value & mask);
      case 2 -> value == -1 ? Bounds.ANY : Bounds.unsigned(value, value + 1);
      default -> value == Long.MAX_VALUE ? Bounds.ANY : Bounds.signed(value, value + 1);
    };
  }

  /** The forms on which the rewrites rely. */
  @Test
  void laddersAndMasksOfLoadsAreLoads() {
    Term address = terms.symbol(1, Bounds.ANY, new Region.Packet());
    Term low = terms.load(1, address, 1, null);
    Term high = terms.load(1, terms.add(address, terms.constant(1)), 1, null);
    Term ladder = terms.or(terms.shiftLeft(high, terms.constant(8)), low);
    Term wide = terms.load(1, address, 2, null);
    assertSame(wide, ladder);
    assertSame(low, terms.zeroExtend(wide, 8));
    assertSame(high, terms.shiftRight(wide, terms.constant(8)));
    Term later = terms.load(2, terms.add(address, terms.constant(1)), 1, null);
    assertNotEquals(wide, terms.or(terms.shiftLeft(later, terms.constant(8)), low));
  }

  @Test
  void fewValuesAreListed() {
    Bounds two = Bounds.of(8).join(Bounds.of(56710));
    assertEquals(List.of(8L, 56710L), two.values());
    assertTrue(two.meet(Bounds.unsigned(9, -1)).isConstant());
    List<Bounds> many = new ArrayList<>();
    for (long i = 0; i < 10; i++) {
      many.add(Bounds.of(3 * i));
    }
    Bounds all = many.stream().reduce(Bounds::join).orElseThrow();
    assertTrue(all.values().isEmpty());
    assertTrue(all.contains(27));
  }
}
