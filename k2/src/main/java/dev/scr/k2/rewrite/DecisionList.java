package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.JmpOp;
import dev.scr.ebpf.isa.Width;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The shortest list of comparisons of one number with constants, and of constants put into one
 * register, that takes each number to its place: {@code r3 = 1; if r0 == 2048 goto call; r3 = 4; if
 * r0 == 34525 goto call; …}. Owned by one thread.
 *
 * <p>Numbers of an interval that nothing tells apart have one outcome. What is still to be decided
 * is a set of intervals; a comparison whose numbers all have the same outcome takes them out of it.
 */
final class DecisionList {
  /** So that sets of intervals are few. */
  static final int MOST_PIECES = 14;

  /** Intervals of so few numbers may also be taken apart. */
  private static final int SPLIT = 2;

  private static final int IMPOSSIBLE = 1_000;

  private static final List<JmpOp> OPS =
      List.of(JmpOp.JEQ, JmpOp.JNE, JmpOp.JGT, JmpOp.JGE, JmpOp.JLT, JmpOp.JLE);

  /**
   * Where numbers go.
   *
   * @param place number of the place
   * @param value that the register must have there
   */
  record Outcome(int place, Value value) {}

  /** What the register holds. */
  sealed interface Value {}

  /** What it held before. */
  record Kept() implements Value {}

  /** Nobody needs it. */
  record Any() implements Value {}

  /** A constant. */
  record Constant(long value) implements Value {}

  /**
   * Numbers with the same outcome.
   *
   * @param from the smallest, unsigned
   * @param to the largest, unsigned
   */
  record Piece(long from, long to, Outcome outcome) {}

  /** A line of the list. */
  sealed interface Step {}

  /** A comparison that goes to a place if it holds. */
  record Test(Width width, JmpOp op, int constant, int place) implements Step {}

  /** Gives the register a constant. */
  record Put(long value) implements Step {}

  /** All that are left go to a place. */
  record Go(int place) implements Step {}

  private final List<Piece> pieces;
  private final int free;
  private final List<Compare> compares = new ArrayList<>();
  private final List<Value> values = new ArrayList<>();
  private final List<int[]> goes = new ArrayList<>();
  private final Map<State, Choice> best = new HashMap<>();

  /** A comparison, and the pieces for which it holds. */
  private record Compare(Width width, JmpOp op, int constant, int holds) {}

  /**
   * The first step of the shortest list for what is left.
   *
   * @param cost slots
   */
  private record Choice(int cost, Step step, State then) {}

  /**
   * What is still to be done.
   *
   * @param left a set of pieces
   * @param value number of what the register holds
   * @param fresh whether it has just been put there, so that it must be used first
   */
  private record State(int left, int value, boolean fresh) {}

  private DecisionList(List<Piece> pieces, int free) {
    this.pieces = pieces;
    this.free = free;
    values.add(new Kept());
    for (Piece piece : pieces) {
      if (piece.outcome().value() instanceof Constant
          && !values.contains(piece.outcome().value())) {
        values.add(piece.outcome().value());
      }
    }
    values.forEach(value -> goes.add(going(value)));
  }

  /**
   * Finds the shortest list.
   *
   * @param pieces all numbers there can be, from the smallest to the largest, without gaps
   * @param free the place that comes next after the list, so that nothing need go there
   * @param has whether the target has a comparison
   * @return the list, empty if there are too many pieces
   */
  static List<Step> shortest(List<Piece> pieces, int free, Predicate<JmpOp> has) {
    List<Piece> split = split(merged(pieces));
    if (split.size() > MOST_PIECES) {
      return List.of();
    }
    DecisionList list = new DecisionList(split, free);
    list.collect(has);
    State start = new State((1 << split.size()) - 1, 0, false);
    return list.choice(start).cost() >= IMPOSSIBLE ? List.of() : list.steps(start);
  }

  /** How many slots a list takes: the jump to the free place is none. */
  static int slots(List<Step> steps, int free) {
    return (int) steps.stream().filter(step -> !step.equals(new Go(free))).count();
  }

  private static List<Piece> merged(List<Piece> pieces) {
    List<Piece> merged = new ArrayList<>();
    for (Piece piece : pieces) {
      if (!merged.isEmpty() && merged.getLast().outcome().equals(piece.outcome())) {
        merged.set(
            merged.size() - 1, new Piece(merged.getLast().from(), piece.to(), piece.outcome()));
      } else {
        merged.add(piece);
      }
    }
    return merged;
  }

  private static List<Piece> split(List<Piece> pieces) {
    List<Piece> split = new ArrayList<>();
    for (Piece piece : pieces) {
      long more = piece.to() - piece.from();
      if (more > 0 && more < SPLIT) {
        for (long number = piece.from(); number != piece.to() + 1; number++) {
          split.add(new Piece(number, number, piece.outcome()));
        }
      } else {
        split.add(piece);
      }
    }
    return split;
  }

  /**
   * The comparisons that tell pieces apart: at each border between two, and with single numbers.
   */
  private void collect(Predicate<JmpOp> has) {
    boolean narrow = Long.compareUnsigned(pieces.getLast().to(), 0xffff_ffffL) <= 0;
    Set<Integer> seen = new HashSet<>();
    Set<Long> constants = new LinkedHashSet<>();
    for (Piece piece : pieces) {
      constants.add(piece.from());
      constants.add(piece.to());
    }
    for (long constant : constants) {
      boolean wide = constant == (int) constant;
      if (!wide && !narrow) {
        continue;
      }
      for (JmpOp op : OPS) {
        int holds = has.test(op) ? holds(op, constant) : 0;
        if (holds != 0 && Integer.bitCount(holds) < pieces.size() && seen.add(holds)) {
          compares.add(new Compare(wide ? Width.W64 : Width.W32, op, (int) constant, holds));
        }
      }
    }
  }

  /** The pieces for which a comparison holds; none if it parts one. */
  private int holds(JmpOp op, long constant) {
    int holds = 0;
    for (int i = 0; i < pieces.size(); i++) {
      boolean first = holds(op, pieces.get(i).from(), constant);
      boolean last = holds(op, pieces.get(i).to(), constant);
      boolean parts =
          first != last
              || ((op == JmpOp.JEQ || op == JmpOp.JNE)
                  && pieces.get(i).from() != pieces.get(i).to()
                  && Long.compareUnsigned(pieces.get(i).from(), constant) <= 0
                  && Long.compareUnsigned(constant, pieces.get(i).to()) <= 0);
      if (parts) {
        return 0;
      }
      holds |= first ? 1 << i : 0;
    }
    return holds;
  }

  private static boolean holds(JmpOp op, long number, long constant) {
    int order = Long.compareUnsigned(number, constant);
    return switch (op) {
      case JEQ -> order == 0;
      case JNE -> order != 0;
      case JGT -> order > 0;
      case JGE -> order >= 0;
      case JLT -> order < 0;
      case JLE -> order <= 0;
      default -> throw new IllegalArgumentException("expected an unsigned comparison, found " + op);
    };
  }

  private Choice choice(State state) {
    Choice known = best.get(state);
    if (known == null) {
      known = choose(state);
      best.put(state, known);
    }
    return known;
  }

  private Choice choose(State state) {
    int left = state.left();
    int end = place(left, state.value());
    Choice found =
        end < 0
            ? new Choice(IMPOSSIBLE, new Go(0), state)
            : new Choice(end == free ? 0 : 1, new Go(end), state);
    for (Compare compare : compares) {
      int gone = compare.holds() & left;
      int place = gone == 0 || gone == left || found.cost() == 0 ? -1 : place(gone, state.value());
      if (place >= 0) {
        Test test = new Test(compare.width(), compare.op(), compare.constant(), place);
        found = cheaper(found, test, new State(left & ~gone, state.value(), false));
      }
    }
    for (int next = 1; next < values.size() && found.cost() > 0 && !state.fresh(); next++) {
      if (next != state.value() && wants(left, next)) {
        Put put = new Put(((Constant) values.get(next)).value());
        found = cheaper(found, put, new State(left, next, true));
      }
    }
    return found;
  }

  private Choice cheaper(Choice found, Step step, State then) {
    int cost = 1 + choice(then).cost();
    return cost < found.cost() ? new Choice(cost, step, then) : found;
  }

  private boolean wants(int left, int value) {
    for (int i = 0; i < pieces.size(); i++) {
      if ((left >> i & 1) != 0 && pieces.get(i).outcome().value().equals(values.get(value))) {
        return true;
      }
    }
    return false;
  }

  /** The one place where pieces go if the register has a value; −1 if they do not. */
  private int place(int some, int value) {
    int[] going = goes.get(value);
    for (int place = 0; place < going.length; place++) {
      if ((some & ~going[place]) == 0) {
        return place;
      }
    }
    return -1;
  }

  /** For each place the pieces that go there if the register has a value. */
  private int[] going(Value value) {
    int[] going = new int[1 + pieces.stream().mapToInt(p -> p.outcome().place()).max().orElse(0)];
    for (int i = 0; i < pieces.size(); i++) {
      Outcome outcome = pieces.get(i).outcome();
      if (outcome.value() instanceof Any || outcome.value().equals(value)) {
        going[outcome.place()] |= 1 << i;
      }
    }
    return going;
  }

  private List<Step> steps(State start) {
    List<Step> steps = new ArrayList<>();
    Choice choice = choice(start);
    while (!(choice.step() instanceof Go)) {
      steps.add(choice.step());
      choice = choice(choice.then());
    }
    steps.add(choice.step());
    return steps;
  }
}
