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
 * Bounds at the head of a loop. What grows from round to round is taken to be anything; what is
 * then seen to stay below a number of the program, whatever it was a round before, is stated again.
 * This only guesses: a bound counts when all arrivals from the states that state it have it.
 */
final class Widening implements Bounding {
  /** Times that a bound which was stated turned out not to stay. */
  private static final int MOST_ERRORS = 2;

  /** Constants that {@link JoinedValues} tells one by one. */
  private final int mostConstants;

  private final Universe universe;
  private final List<Long> numbers;
  private final Map<String, Place> places = new HashMap<>();

  /** What was said of a place before. */
  private static final class Place {
    Range stated;
    boolean open;
    int errors;

    Place(Range stated) {
      this.stated = stated;
    }
  }

  /**
   * For one state at one cut point.
   *
   * @param numbers that bounds may be, in their unsigned order
   */
  Widening(Universe universe, List<Long> numbers, int mostConstants) {
    this.universe = universe;
    this.numbers = numbers;
    this.mostConstants = mostConstants;
  }

  /**
   * The numbers with which versions of a program compare, their neighbours, and those of widths.
   */
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
    Place place = places.computeIfAbsent(name + ":" + width, _ -> new Place(seen));
    int constants = Bounding.constants(values).size();
    boolean few = constants > 0 && constants <= mostConstants;
    if (place.open && place.errors <= MOST_ERRORS) {
      place.stated = proved(values, seen);
      place.open = false;
    } else if (few && !place.open) {
      place.stated = seen;
    } else if (!place.stated.covers(seen) && !holds(values, place.stated)) {
      place.stated = new Range(0, Term.mask(width));
      place.open = true;
      place.errors++;
    }
    return place.stated;
  }

  @Override
  public boolean grows() {
    return true;
  }

  /** Whether something is taken to be anything for now. */
  boolean isOpen() {
    return places.values().stream().anyMatch(place -> place.open && place.errors <= MOST_ERRORS);
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
