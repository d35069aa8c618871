package dev.scr.k2.proof;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One value for a place in several arrivals at a cut point. A value stands for the tuple of those
 * that the place has in the arrivals; what is said of it holds for each of them.
 */
final class JoinedValues {
  /** Constants that are told one by one. */
  static final int MOST_CONSTANTS = 4;

  private static final String STACK = "stack";

  private final Universe universe;
  private final Terms terms;
  private final List<Arrival> arrivals;
  private final Bounding bounding;
  private final Map<List<Term>, Term> table = new HashMap<>();
  private final List<Entry> entries = new ArrayList<>();

  /** Values of places of the first version, by the name of the place. */
  private final Map<String, List<Term>> ofFirst = new HashMap<>();

  private Facts facts;

  /** A tuple and the value that stands for it. */
  private record Entry(List<Term> tuple, Term value) {}

  JoinedValues(Universe universe, List<Arrival> arrivals, Bounding bounding) {
    this.bounding = bounding;
    this.universe = universe;
    this.terms = universe.terms;
    this.arrivals = arrivals;
    this.facts = Facts.none(terms);
    lengthOfPacket("length", 32);
    lengthOfPacket("meta", 8);
  }

  /** What is known of all values. */
  Facts facts() {
    return facts;
  }

  /** The present packet's sizes have the same names everywhere. */
  private void lengthOfPacket(String name, int bits) {
    List<Term> tuple = new ArrayList<>();
    for (Arrival arrival : arrivals) {
      tuple.add(terms.symbol(name + arrival.first().packet, bits));
    }
    Term value = terms.symbol(name, bits);
    enter(tuple, value);
    know(bounding.of(name, values(tuple)), tuple, value);
  }

  private Term enter(List<Term> tuple, Term value) {
    table.put(tuple, value);
    entries.add(new Entry(tuple, value));
    return value;
  }

  /** The value of a place in the first version. */
  Term first(List<Term> tuple, String name) {
    ofFirst.put(name, tuple);
    Term known = known(tuple);
    return known != null ? known : make(tuple, name);
  }

  /**
   * The value of a place in the second version; that of the same place in the first one if the
   * solver finds that they are equal.
   */
  Term second(List<Term> tuple, String name) {
    Term known = known(tuple);
    if (known != null) {
      return known;
    }
    List<Term> first = ofFirst.get(name);
    return first != null && areEqual(tuple, first)
        ? first(first, name)
        : make(tuple, "second:" + name);
  }

  private boolean areEqual(List<Term> a, List<Term> b) {
    for (int i = 0; i < a.size(); i++) {
      if (a.get(i).width != b.get(i).width) {
        return false;
      }
      Facts known = arrivals.get(i).second().facts;
      Term same = known.decide(terms.equal(a.get(i), b.get(i)));
      if (same == terms.no
          || (same != terms.yes
              && universe.questions.ask(known, terms.not(same)) != Solver.Answer.UNSATISFIABLE)) {
        return false;
      }
    }
    return true;
  }

  /** A value that is a constant, or stands for a tuple with a fixed relation to this one. */
  private @Nullable Term known(List<Term> tuple) {
    Term found = table.get(tuple);
    Term first = tuple.getFirst();
    if (found != null) {
      return found;
    }
    if (first.isConstant() && Collections.frequency(tuple, first) == tuple.size()) {
      return first;
    }
    Term related = first.width == 64 ? shifted(tuple) : null;
    return related != null ? related : sliced(tuple);
  }

  /** An entry plus a constant. */
  private @Nullable Term shifted(List<Term> tuple) {
    if (tuple.getFirst().isConstant()) {
      return null;
    }
    for (Entry entry : entries) {
      if (entry.value.width != 64 || entry.value.isConstant()) {
        continue;
      }
      Term distance = terms.subtract(tuple.getFirst(), entry.tuple.getFirst());
      boolean same = distance.isConstant();
      for (int i = 1; same && i < tuple.size(); i++) {
        same = terms.subtract(tuple.get(i), entry.tuple.get(i)) == distance;
      }
      if (same) {
        return terms.add(entry.value, distance);
      }
    }
    return null;
  }

  /** Some bits of an entry. */
  private @Nullable Term sliced(List<Term> tuple) {
    Term first = tuple.getFirst();
    int width = first.width;
    int low = first.op == Term.Op.EXTRACT ? (int) first.value : 0;
    for (Entry entry : entries) {
      if (entry.value.width > width && low + width <= entry.value.width) {
        boolean same = true;
        for (int i = 0; same && i < tuple.size(); i++) {
          same = terms.slices.extract(entry.tuple.get(i), low, width) == tuple.get(i);
        }
        if (same) {
          return terms.slices.extract(entry.value, low, width);
        }
      }
    }
    return null;
  }

  private Term join(List<Term> tuple, String name) {
    Term known = known(tuple);
    return known != null ? known : make(tuple, name);
  }

  private Term make(List<Term> tuple, String name) {
    Term address = tuple.getFirst().width == 64 ? address(tuple, name) : null;
    if (address != null) {
      table.put(tuple, address);
      return address;
    }
    Term pieces = bounding.hasGrown(name, tuple.getFirst().width) ? null : pieces(tuple, name);
    return enter(tuple, pieces != null ? pieces : unknown(tuple, name));
  }

  /** What an address points into; "n" for anything else. */
  static String kind(Universe universe, PathState state, Term value) {
    Term base = value.width == 64 ? Addresses.base(value) : null;
    if (base == null) {
      return "n";
    }
    if (base == universe.stack) {
      // A store through it must be known to be where it is.
      return STACK + universe.terms.subtract(value, base);
    }
    if (base == universe.context) {
      return "context";
    }
    if (base == universe.packet(state.packet)) {
      return "packet";
    }
    Integer map = base == value ? universe.handled(base) : null;
    if (map != null) {
      return "handle" + map;
    }
    Block block = universe.block(base);
    if (block == null || block.kind() != Region.Kind.MAP_VALUE || universe.handled(base) != null) {
      return "n";
    }
    return block.space();
  }

  /** A pointer, if all of the tuple are pointers into the same memory. */
  private @Nullable Term address(List<Term> tuple, String name) {
    String kind = kind(universe, arrivals.getFirst().first(), tuple.getFirst());
    List<Term> bases = new ArrayList<>();
    List<Term> offsets = new ArrayList<>();
    for (int i = 0; i < tuple.size(); i++) {
      if (!kind.equals(kind(universe, arrivals.get(i).first(), tuple.get(i)))) {
        return null;
      }
      Term base = Addresses.base(tuple.get(i));
      if (base == null) {
        return null;
      }
      bases.add(base);
      offsets.add(terms.subtract(tuple.get(i), base));
    }
    Term base = base(kind, bases, name);
    return base == null ? null : terms.add(base, join(offsets, name + ".offset"));
  }

  private @Nullable Term base(String kind, List<Term> bases, String name) {
    Term first = bases.getFirst();
    if (kind.startsWith(STACK)) {
      return first;
    }
    switch (kind) {
      case "n" -> {
        return null;
      }
      case "context" -> {
        return first;
      }
      case "packet" -> {
        return universe.packet("");
      }
      default -> {
        Term known = table.get(bases);
        if (known != null) {
          return known;
        }
      }
    }
    Term made;
    if (kind.startsWith("handle")) {
      int map = Integer.parseInt(kind.substring("handle".length()));
      made = map == Universe.INNER ? universe.someInnerMap(name) : first;
    } else {
      int map = Integer.parseInt(kind.substring("map".length()));
      made = isFixed(map, bases) ? first : universe.someValue(map, name);
    }
    table.put(bases, made);
    return made;
  }

  /** Whether the same element of an array is meant in all arrivals: it never moves. */
  private boolean isFixed(int map, List<Term> bases) {
    Term first = bases.getFirst();
    return map != Universe.INNER
        && Universe.isArray(universe.spec(map))
        && first.op == Term.Op.APPLY
        && first.arguments().stream().allMatch(Term::isConstant)
        && Collections.frequency(bases, first) == bases.size();
  }

  /** The pieces of values that are all put together at the same places. */
  private @Nullable Term pieces(List<Term> tuple, String name) {
    SortedSet<Integer> places = new TreeSet<>();
    tuple.forEach(term -> addBoundaries(term, places));
    places.removeIf(place -> bounding.grows() && place % 8 != 0);
    places.removeIf(place -> tuple.stream().anyMatch(term -> !canCut(term, place)));
    if (places.isEmpty()) {
      return null;
    }
    List<Term> pieces = new ArrayList<>();
    int low = 0;
    places.add(tuple.getFirst().width);
    for (int high : places) {
      int from = low;
      int width = high - low;
      pieces.add(
          join(
              tuple.stream().map(term -> terms.slices.extract(term, from, width)).toList(),
              piece(name, low)));
      low = high;
    }
    return terms.slices.concat(pieces.reversed());
  }

  /** The name of some bits of a place, which may be bits of a place itself. */
  private static String piece(String name, int low) {
    int at = name.lastIndexOf('@');
    return at < 0
        ? name + "@" + low
        : name.substring(0, at + 1) + (Integer.parseInt(name.substring(at + 1)) + low);
  }

  private static void addBoundaries(Term term, Set<Integer> places) {
    if (term.op == Term.Op.CONCAT) {
      int at = term.width;
      for (Term part : term.args) {
        at -= part.width;
        if (at > 0) {
          places.add(at);
        }
      }
    }
  }

  /** Whether a value is put together at a place; a constant is, everywhere. */
  private static boolean canCut(Term term, int place) {
    if (term.isConstant()) {
      return true;
    }
    if (term.op != Term.Op.CONCAT) {
      return false;
    }
    int high = term.width;
    for (Term part : term.args) {
      int low = high - part.width;
      if (place == low || (place > low && place < high && part.isConstant())) {
        return true;
      }
      high = low;
    }
    return false;
  }

  private List<Bounding.Value> values(List<Term> tuple) {
    List<Bounding.Value> values = new ArrayList<>();
    for (int i = 0; i < tuple.size(); i++) {
      values.add(new Bounding.Value(tuple.get(i), arrivals.get(i).second().facts));
    }
    return values;
  }

  /** An unknown, as wide as the greatest of the tuple. */
  private Term unknown(List<Term> tuple, String name) {
    List<Bounding.Value> values = values(tuple);
    Bounding.Range range = bounding.of(name, values);
    int width = tuple.getFirst().width;
    long open = 0;
    for (Bounding.Value value : values) {
      long max = value.known().greatest(value.term());
      open |= ~value.term().zeros & Term.mask(Sums.significantBits(max));
    }
    int high = Math.min(width, Sums.significantBits(bounding.grows() ? range.max() : open));
    int low = open == 0 ? 0 : Math.min(high, Long.numberOfTrailingZeros(open));
    Term symbol = terms.symbol("in:" + name + ":" + width + ":" + high + ":" + low, high - low);
    List<Term> pieces = new ArrayList<>();
    if (high < width) {
      pieces.add(terms.number(0, width - high));
    }
    pieces.add(symbol);
    if (low > 0) {
      pieces.add(terms.number(0, low));
    }
    Term value = terms.slices.concat(pieces);
    know(range, tuple, value);
    return value;
  }

  /** States the bounds that the tuple has. */
  private void know(Bounding.Range range, List<Term> tuple, Term value) {
    int width = value.width;
    facts = facts.with(terms.not(terms.lessUnsigned(value, terms.number(range.min(), width))));
    facts = facts.with(terms.not(terms.lessUnsigned(terms.number(range.max(), width), value)));
    List<Long> constants = Bounding.constants(values(tuple));
    if (!constants.isEmpty() && constants.size() <= MOST_CONSTANTS) {
      Term any = terms.no;
      for (long constant : constants) {
        any = terms.either(any, terms.equal(value, terms.number(constant, width)));
      }
      facts = facts.with(any);
    }
  }
}
