package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Reg;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The states in which two versions of a program go on at a cut point, made of the states in which
 * they arrive there. Everything outside the stack is unknown, and the same for both: that was
 * proved for each arrival. What is on the stack and in registers is a constant, or an unknown; two
 * places, of one version or of both, get the same unknown only if they hold the same value in each
 * arrival. So every arrival is one case of the new state, and what is proved from the new state on
 * holds for each.
 *
 * <p>A value that is not carried over is another unknown in each version, so that a result that
 * depends on it cannot be equal.
 */
final class CutState {
  /** Both versions at a cut point, and what is known of the first one's path to it. */
  record Arrival(PathState first, PathState second) {}

  /**
   * Where a region begins.
   *
   * @param content the same in a form that can be compared
   */
  record Start(PathState first, PathState second, List<Object> content) {}

  /** What the two versions are called. */
  static final String ORIGINAL = "original";

  static final String CANDIDATE = "candidate";

  private static final int STACK_BYTES = 512;

  private final Universe universe;
  private final Terms terms;
  private final List<Arrival> arrivals;
  private final JoinedValues values;
  private final List<Object> content = new ArrayList<>();

  private CutState(Universe universe, List<Arrival> arrivals) {
    this.universe = universe;
    this.terms = universe.terms;
    this.arrivals = arrivals;
    this.values = new JoinedValues(universe, arrivals);
  }

  /**
   * The state that covers some arrivals.
   *
   * @param a the first version and its line of the cut point
   * @param b the second version and its line
   */
  static Start of(Universe universe, List<Arrival> arrivals, Side a, Side b) {
    CutState state = new CutState(universe, arrivals);
    Half first = state.new Half(a, ORIGINAL);
    Half second = state.new Half(b, CANDIDATE);
    // Whole values before parts of them, the first version before the second.
    first.carryRegisters(true);
    first.carryStack();
    first.carryRegisters(false);
    second.carryRegisters(true);
    second.carryStack();
    second.carryRegisters(false);
    Facts facts = state.values.facts();
    state.content.addAll(facts.conditions());
    return new Start(first.state(facts), second.state(facts), state.content);
  }

  /** One version at the cut point. */
  record Side(ProgramShape shape, int line) {
    long needed(Reg reg) {
      return shape.needed(line, reg);
    }
  }

  /** One version's part of the state. */
  private final class Half {
    private final Side side;
    private final boolean original;
    private final String program;
    private final Block stack;
    private final Registers registers = new Registers(terms);
    private final Map<Long, Term> bytes = new TreeMap<>();

    Half(Side side, String program) {
      this.side = side;
      this.program = program;
      this.original = program.equals(ORIGINAL);
      this.stack = universe.stackOf(program);
      registers.set(Reg.FP, universe.framePointer(0));
    }

    private PathState at(Arrival arrival) {
      return original ? arrival.first() : arrival.second();
    }

    void carryRegisters(boolean whole) {
      for (int r = 0; r < Reg.FP.number(); r++) {
        Reg reg = Reg.of(r);
        long needed = side.needed(reg);
        List<Term> tuple = tuple(reg);
        if (needed == 0 || tuple == null) {
          continue;
        }
        boolean all = needed == -1 || Addresses.base(tuple.getFirst()) != null;
        if (all == whole) {
          registers.set(reg, all ? joined(tuple, "r" + r) : partly(tuple, needed, "r" + r));
        }
      }
    }

    private @Nullable List<Term> tuple(Reg reg) {
      List<Term> tuple = new ArrayList<>();
      for (Arrival arrival : arrivals) {
        Term value = at(arrival).registers.peek(reg);
        if (value == null) {
          return null;
        }
        tuple.add(value);
      }
      return tuple;
    }

    /** The bits that are needed are carried over, run by run; the others are unknown. */
    private Term partly(List<Term> tuple, long needed, String name) {
      List<Term> pieces = new ArrayList<>();
      int top = 64;
      while (top > 0) {
        boolean live = bit(needed, top - 1);
        int low = top - 1;
        while (low > 0 && bit(needed, low - 1) == live) {
          low--;
        }
        int from = low;
        int width = top - low;
        pieces.add(
            live
                ? joined(
                    tuple.stream().map(t -> terms.slices.extract(t, from, width)).toList(),
                    name + "@" + low)
                : lost(name + "@" + low, width));
        top = low;
      }
      return terms.slices.concat(pieces);
    }

    private Term lost(String name, int width) {
      return terms.symbol("lost:" + program + ":" + name, width);
    }

    private Term joined(List<Term> tuple, String name) {
      return original ? values.first(tuple, name) : values.second(tuple, name);
    }

    /**
     * Bytes that are needed, and written by all arrivals. What only some have written is marked: a
     * helper does not read it where it was not, but an instruction that does finds something else
     * in each version. What is not needed is unknown from here on.
     */
    void carryStack() {
      BitSet written = new BitSet();
      BitSet marked = new BitSet();
      for (long offset : touched()) {
        List<Term> tuple = read(offset, 1);
        long whole = tuple.stream().filter(byteValue -> !StackBytes.isUncertain(byteValue)).count();
        boolean inFrame = side.shape().needsStack(side.line(), offset);
        if (inFrame && whole == tuple.size()) {
          written.set((int) offset + STACK_BYTES);
        } else if (inFrame) {
          marked.set((int) offset + STACK_BYTES);
        } else {
          bytes.put(offset, lost("fp" + offset, 8));
        }
      }
      for (int slot = 0; slot < STACK_BYTES; slot += 8) {
        carry(slot, 8, written);
      }
      marked.stream().forEach(this::mark);
    }

    private SortedSet<Long> touched() {
      SortedSet<Long> offsets = new TreeSet<>();
      for (Arrival arrival : arrivals) {
        for (Memory.Place place : at(arrival).memory.writtenPlaces(stack.space()).keySet()) {
          if (!place.offset().isConstant()) {
            throw new Refusal("expected constant offsets in the stack at a cut point");
          }
          offsets.add(place.offset().value);
        }
      }
      return offsets;
    }

    /** Carries an aligned piece of the stack over, as a whole if possible. */
    private void carry(int from, int size, BitSet written) {
      int next = written.nextSetBit(from);
      if (next < 0 || next >= from + size) {
        return;
      }
      if (written.nextClearBit(from) < from + size) {
        carry(from, size / 2, written);
        carry(from + size / 2, size / 2, written);
        return;
      }
      long offset = (long) from - STACK_BYTES;
      Term value = joined(read(offset, size), "fp" + offset);
      for (int i = 0; i < size; i++) {
        bytes.put(offset + i, terms.slices.extract(value, 8 * i, 8));
      }
    }

    private void mark(int place) {
      long offset = (long) place - STACK_BYTES;
      List<Term> tuple =
          read(offset, 1).stream().map(value -> StackBytes.asRead(terms, value)).toList();
      Term value = joined(tuple, "fp" + offset + "?");
      bytes.put(offset, StackBytes.uncertain(terms, program, value));
    }

    private List<Term> read(long offset, int size) {
      List<Term> tuple = new ArrayList<>();
      for (Arrival arrival : arrivals) {
        PathState state = at(arrival);
        tuple.add(state.memory.read(terms, state.facts, stack, terms.constant(offset), size));
      }
      return tuple;
    }

    PathState state(Facts facts) {
      PathState state = new PathState(registers, facts);
      for (int r = 0; r < Reg.COUNT; r++) {
        Term value = registers.peek(Reg.of(r));
        content.add(value == null ? "none" : value);
      }
      bytes.forEach((offset, value) -> {
        state.memory = state.memory.write(terms, stack, terms.constant(offset), value, 1);
        content.add(offset);
        content.add(value);
      });
      return state;
    }
  }

  private static boolean bit(long bits, int at) {
    return (bits >>> at & 1) != 0;
  }

  /**
   * What kinds of values an arrival has in needed registers and on the stack: a number, or a
   * pointer into which memory. Arrivals with other kinds make states of their own, as in the
   * kernel's verifier.
   */
  static String kinds(Universe universe, Arrival arrival, Side a, Side b) {
    StringBuilder kinds = new StringBuilder();
    for (int half = 0; half < 2; half++) {
      PathState state = half == 0 ? arrival.first() : arrival.second();
      Side side = half == 0 ? a : b;
      for (int r = 0; r < Reg.FP.number(); r++) {
        Term value = state.registers.peek(Reg.of(r));
        boolean needed = side.needed(Reg.of(r)) != 0;
        kinds.append(value == null || !needed ? "-" : JoinedValues.kind(universe, state, value));
        kinds.append(' ');
      }
      Block stack = universe.stackOf(half == 0 ? ORIGINAL : CANDIDATE);
      for (long offset = -STACK_BYTES; offset < 0; offset += 8) {
        if (side.shape().needsStack(side.line(), offset)) {
          Term value =
              state.memory.read(
                  universe.terms, state.facts, stack, universe.terms.constant(offset), 8);
          kinds.append(JoinedValues.kind(universe, state, value)).append(' ');
        }
      }
    }
    return kinds.toString();
  }
}
