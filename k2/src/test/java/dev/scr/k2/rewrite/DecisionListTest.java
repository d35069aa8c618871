package dev.scr.k2.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Arithmetic;
import dev.scr.k2.rewrite.DecisionList.Any;
import dev.scr.k2.rewrite.DecisionList.Constant;
import dev.scr.k2.rewrite.DecisionList.Go;
import dev.scr.k2.rewrite.DecisionList.Kept;
import dev.scr.k2.rewrite.DecisionList.Outcome;
import dev.scr.k2.rewrite.DecisionList.Piece;
import dev.scr.k2.rewrite.DecisionList.Put;
import dev.scr.k2.rewrite.DecisionList.Step;
import dev.scr.k2.rewrite.DecisionList.Test;
import dev.scr.k2.rewrite.DecisionList.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists take every number to its place, with the right value, and are short. */
class DecisionListTest {
  private static final long SEED = Long.getLong("seed", Long.getLong("scr.seed", 20260101));

  /** What a list does with a number. */
  private static Outcome run(List<Step> steps, long number) {
    Value value = new Kept();
    for (Step step : steps) {
      switch (step) {
        case Put(long constant) -> value = new Constant(constant);
        case Test(Width width, JmpOp op, int constant, int place) -> {
          if (Arithmetic.GENERATED.test(op, width, number, constant)) {
            return new Outcome(place, value);
          }
        }
        case Go(int place) -> {
          return new Outcome(place, value);
        }
      }
    }
    throw new AssertionError("expected a list that ends in a jump, found " + steps);
  }

  private static boolean isRight(Outcome wanted, Outcome found) {
    return wanted.place() == found.place()
        && (wanted.value() instanceof Any || wanted.value().equals(found.value()));
  }

  /** The first number of the ends of pieces that goes wrong, or −1. */
  private static long wrong(List<Piece> pieces, List<Step> steps) {
    for (Piece piece : pieces) {
      for (long number : new long[] {piece.from(), piece.to()}) {
        if (!isRight(piece.outcome(), run(steps, number))) {
          return number;
        }
      }
    }
    return -1;
  }

  private static List<Piece> pieces(SplittableRandom random, long largest) {
    List<Piece> pieces = new ArrayList<>();
    int count = 2 + random.nextInt(5);
    long from = 0;
    for (int i = 0; i < count; i++) {
      boolean last = i == count - 1;
      long to =
          last
              ? largest
              : from + (random.nextInt(3) == 0 ? random.nextInt(1000) : random.nextInt(2));
      Value value =
          switch (random.nextInt(4)) {
            case 0 -> new Kept();
            case 1 -> new Any();
            default -> new Constant(random.nextInt(3));
          };
      pieces.add(new Piece(from, to, new Outcome(random.nextInt(3), value)));
      from = to + 1;
    }
    return pieces;
  }

  @ParameterizedTest
  @ValueSource(longs = {0xffffL, 0x7fff_ffffL, 0xffff_ffffL, Long.MAX_VALUE, -1})
  void numbersGoWhereTheyBelong(long largest) {
    SplittableRandom random = new SplittableRandom(SEED);
    int found = 0;
    for (int i = 0; i < 300; i++) {
      List<Piece> pieces = pieces(random, largest);
      int free = random.nextInt(3);
      boolean less = random.nextBoolean();
      List<Step> steps =
          DecisionList.shortest(pieces, free, op -> less || (op != JmpOp.JLT && op != JmpOp.JLE));
      if (!steps.isEmpty()) {
        found++;
        assertEquals(-1, wrong(pieces, steps), () -> "seed " + SEED + ": " + pieces + steps);
      }
    }
    assertTrue(found > 0, "seed " + SEED);
  }

  /** A list with one constant changed must not pass the check above. */
  @org.junit.jupiter.api.Test
  void aWrongListIsSeen() {
    List<Piece> pieces =
        List.of(
            new Piece(0, 9, new Outcome(0, new Any())),
            new Piece(10, 10, new Outcome(1, new Constant(5))),
            new Piece(11, 0xffff, new Outcome(0, new Any())));
    List<Step> right = DecisionList.shortest(pieces, 1, _ -> true);
    assertEquals(List.of(new Test(Width.W64, JmpOp.JNE, 10, 0), new Put(5), new Go(1)), right);
    assertEquals(2, DecisionList.slots(right, 1));
    assertNotEquals(
        -1, wrong(pieces, List.of(new Put(5), new Test(Width.W64, JmpOp.JNE, 11, 0), new Go(1))));
    assertNotEquals(
        -1, wrong(pieces, List.of(new Put(6), new Test(Width.W64, JmpOp.JNE, 10, 0), new Go(1))));
  }

  /** What the register had is gone once a constant is there. */
  @org.junit.jupiter.api.Test
  void whatIsKeptComesFirst() {
    List<Piece> pieces =
        List.of(
            new Piece(0, 0, new Outcome(0, new Constant(1))),
            new Piece(1, 1, new Outcome(0, new Kept())),
            new Piece(2, 0xffff, new Outcome(0, new Constant(1))));
    List<Step> steps = DecisionList.shortest(pieces, 0, _ -> true);
    assertEquals(List.of(new Test(Width.W64, JmpOp.JEQ, 1, 0), new Put(1), new Go(0)), steps);
  }

  /** The most that is taken on, each with a value of its own. */
  @org.junit.jupiter.api.Test
  void manyConstantsHaveAListOfTheirLength() {
    List<Piece> pieces = new ArrayList<>();
    int singles = DecisionList.MOST_PIECES / 2;
    for (int i = 0; i < singles; i++) {
      long at = 10L * i;
      pieces.add(new Piece(at, at, new Outcome(1, new Constant(i))));
      pieces.add(new Piece(at + 1, i == singles - 1 ? 0xffff : at + 9, new Outcome(0, new Any())));
    }
    List<Step> steps = DecisionList.shortest(pieces, 1, _ -> true);
    assertEquals(-1, wrong(pieces, steps), () -> pieces + ": " + steps);
    assertTrue(DecisionList.slots(steps, 1) <= 2 * singles, steps::toString);
  }

  @org.junit.jupiter.api.Test
  void tooManyPiecesAreLeftAlone() {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i <= DecisionList.MOST_PIECES; i++) {
      pieces.add(new Piece(10L * i, 10L * i + 9, new Outcome(i & 1, new Any())));
    }
    assertTrue(DecisionList.shortest(pieces, 0, _ -> true).isEmpty());
    assertFalse(DecisionList.shortest(pieces.subList(0, 10), 0, _ -> true).isEmpty());
  }
}
