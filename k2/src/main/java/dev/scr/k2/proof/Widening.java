package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Bounds where paths come back. What grows from round to round is first taken to be below one of
 * the numbers with which the loop compares; if that does not hold, to be anything, and what is then
 * seen to stay below a number of the program, whatever it was a round before, is stated again. This
 * only guesses: a bound counts when all arrivals from the states that state it have it.
 */
final class Widening implements Bounding {
  /** Limits of the loop that are tried. */
  private static final int MOST_GUESSES = 4;

  /** Times that something is taken to be anything. */
  private static final int MOST_OPENINGS = 3;

  private final Universe universe;
  private final List<Long> numbers;
  private final List<Long> limits;
  private final Map<String, Place> places = new HashMap<>();

  /** What was said of a place before. */
  private static final class Place {
    Range stated;
    boolean open;
    int guesses;
    int openings;

    Place(Range stated) {
      this.stated = stated;
    }

    boolean isLookedAt() {
      return open && openings <= MOST_OPENINGS;
    }
  }

  /**
   * For one state at one cut point.
   *
   * @param numbers that bounds may be, in their unsigned order
   * @param limits of the loop, in the same order
   */
  Widening(Universe universe, List<Long> numbers, List<Long> limits) {
    this.universe = universe;
    this.numbers = numbers;
    this.limits = limits;
  }

  /** The numbers of two versions of a program, their neighbours, and the greatest of each width. */
  static List<Long> numbers(ProgramShape first, ProgramShape second) {
    SortedSet<Long> numbers = new TreeSet<>(Long::compareUnsigned);
    for (int bits : new int[] {0, 8, 16, 31, 32, 63, 64}) {
      numbers.add(Term.mask(bits));
    }
    for (ProgramShape shape : List.of(first, second)) {
      for (Instruction insn : shape.texts()) {
        if (insn instanceof Branch branch && branch.src() instanceof Imm(int value)) {
          add(value, numbers);
        } else if (insn instanceof Alu alu && alu.src() instanceof Imm(int value)) {
          add(value, numbers);
        }
      }
    }
    return List.copyOf(numbers);
  }

  /** Numbers and their neighbours, in their unsigned order. */
  static List<Long> around(List<Integer> some, List<Integer> others) {
    SortedSet<Long> numbers = new TreeSet<>(Long::compareUnsigned);
    some.forEach(number -> add(number, numbers));
    others.forEach(number -> add(number, numbers));
    return List.copyOf(numbers);
  }

  private static void add(int value, SortedSet<Long> numbers) {
    for (long near = (long) value - 1; near <= (long) value + 1; near++) {
      numbers.add(near);
      numbers.add(near & Term.mask(32));
    }
  }

  @Override
  public Range of(String name, List<Value> values) {
    Range seen = Bounding.seen(values);
    int width = values.getFirst().term().width;
    Place place = places.computeIfAbsent(place(name, width), _ -> new Place(seen));
    int constants = Bounding.constants(values).size();
    boolean few = constants > 0 && constants <= JoinedValues.MOST_CONSTANTS;
    if (place.isLookedAt()) {
      place.stated = proved(values, seen);
      place.open = false;
    } else if (few && !place.open) {
      place.stated = seen;
    } else if (!place.stated.covers(seen) && !holds(values, place.stated)) {
      widen(place, values, width);
    }
    return place.stated;
  }

  private void widen(Place place, List<Value> values, int width) {
    Range before = place.stated;
    long min = holds(values, new Range(before.min(), Term.mask(width))) ? before.min() : 0;
    List<Long> guesses = new ArrayList<>(List.of(before.max()));
    limits.stream()
        .filter(limit -> Long.compareUnsigned(limit, before.max()) > 0)
        .filter(limit -> Long.compareUnsigned(limit, Term.mask(width)) < 0)
        .forEach(guesses::add);
    for (long max : guesses) {
      Range guess = new Range(min, max);
      if (place.guesses < MOST_GUESSES && holds(values, guess)) {
        place.guesses++;
        place.stated = guess;
        return;
      }
    }
    place.stated = new Range(0, Term.mask(width));
    place.open = true;
    place.openings++;
  }

  @Override
  public boolean grows() {
    return true;
  }

  @Override
  public boolean hasGrown(String name, int width) {
    Place place = places.get(place(name, width));
    return place != null && place.guesses + place.openings > 0;
  }

  private static String place(String name, int width) {
    return name + ":" + width;
  }

  /** Whether something is taken to be anything for now. */
  boolean isOpen() {
    return places.values().stream().anyMatch(Place::isLookedAt);
  }

  /** The narrowest bounds with numbers of the program that all values have. */
  private Range proved(List<Value> values, Range seen) {
    List<Long> maxima = new ArrayList<>(numbers);
    maxima.removeIf(number -> Long.compareUnsigned(number, seen.max()) >= 0);
    int low = 0;
    int high = maxima.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (holds(values, new Range(0, maxima.get(middle)))) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    long max = high < maxima.size() ? maxima.get(high) : seen.max();
    List<Long> minima = new ArrayList<>(numbers);
    minima.removeIf(number ->
        Long.compareUnsigned(number, seen.min()) <= 0 || Long.compareUnsigned(number, max) > 0);
    low = 0;
    high = minima.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (holds(values, new Range(minima.get(middle), max))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return new Range(low > 0 ? minima.get(low - 1) : seen.min(), max);
  }

  /** Whether all values are inside of bounds. */
  private boolean holds(List<Value> values, Range range) {
    Terms terms = universe.terms;
    for (Value value : values) {
      int width = value.term().width;
      Term above = terms.lessUnsigned(terms.number(range.max(), width), value.term());
      Term below = terms.lessUnsigned(value.term(), terms.number(range.min(), width));
      Term outside = value.known().decide(terms.either(above, below));
      if (outside != terms.no
          && (outside == terms.yes
              || universe.questions.ask(value.known(), outside) != Solver.Answer.UNSATISFIABLE)) {
        return false;
      }
    }
    return true;
  }
}
