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
  /**
   * Where a region begins.
   *
   * @param firstReturns as of the arrivals
   * @param secondReturns as of the arrivals
   * @param content what is known, in a form that can be compared
   */
  record Start(
      PathState first,
      PathState second,
      List<Integer> firstReturns,
      List<Integer> secondReturns,
      List<Object> content) {
    /** Equal for equal states at one cut point. */
    List<Object> identity() {
      return List.of(firstReturns, secondReturns, content);
    }
  }

  /** What the two versions are called. */
  static final String ORIGINAL = "original";

  static final String CANDIDATE = "candidate";

  static final int FRAME_BYTES = 512;

  /** The first register that a call leaves as it is. */
  private static final int FIRST_KEPT = 6;

  private final Universe universe;
  private final Terms terms;
  private final List<Arrival> arrivals;
  private final JoinedValues values;
  private final List<Object> content = new ArrayList<>();

  private CutState(Universe universe, List<Arrival> arrivals, Bounding bounding) {
    this.universe = universe;
    this.terms = universe.terms;
    this.arrivals = arrivals;
    this.values = new JoinedValues(universe, arrivals, bounding);
  }

  /**
   * The state that covers some arrivals, all with the same callers.
   *
   * @param a the first version and its line of the cut point
   * @param b the second version and its line
   * @param bounding which bounds of numbers are to be stated
   */
  static Start of(Universe universe, List<Arrival> arrivals, Side a, Side b, Bounding bounding) {
    CutState state = new CutState(universe, arrivals, bounding);
    Half first = state.new Half(a, arrivals.getFirst().firstReturns(), ORIGINAL);
    Half second = state.new Half(b, arrivals.getFirst().secondReturns(), CANDIDATE);
    // Whole values before parts of them, the first version before the second.
    first.carryRegisters(true);
    first.carryStack();
    first.carryRegisters(false);
    second.carryRegisters(true);
    second.carryStack();
    second.carryRegisters(false);
    Facts facts = state.values.facts();
    state.content.addAll(facts.conditions());
    return new Start(
        first.state(facts), second.state(facts), first.returns, second.returns, state.content);
  }

  /** One version at the cut point. */
  record Side(ProgramShape shape, int line) {
    /**
     * Bits of a register that are needed in a function: in the one where the cut point is, or,
     * after the call, in one of its callers.
     *
     * @param returns where the callers go on, the last one first
     * @param caller 0 for the function of the cut point, 1 for its caller, and so on
     */
    long needed(List<Integer> returns, int caller, Reg reg) {
      if (caller == 0) {
        return shape.needed(line, reg);
      }
      return reg.number() < FIRST_KEPT ? 0 : shape.needed(returns.get(caller - 1), reg);
    }

    boolean needsStack(List<Integer> returns, int caller, long offset) {
      return shape.needsStack(caller == 0 ? line : returns.get(caller - 1), offset);
    }
  }

  /** One version's part of the state. */
  private final class Half {
    private final Side side;
    private final boolean original;
    private final String program;
    private final Block stack;
    private final List<Integer> returns;

    /** Of the function of the cut point, of its caller, and so on. */
    private final List<Registers> frames = new ArrayList<>();

    private final Map<Long, Term> bytes = new TreeMap<>();

    Half(Side side, List<Integer> returns, String program) {
      this.side = side;
      this.returns = returns;
      this.program = program;
      this.original = program.equals(ORIGINAL);
      this.stack = universe.stackOf(program);
      for (int caller = 0; caller <= returns.size(); caller++) {
        Registers registers = new Registers(terms);
        registers.set(Reg.FP, universe.framePointer(returns.size() - caller));
        frames.add(registers);
      }
    }

    private PathState at(Arrival arrival) {
      return original ? arrival.first() : arrival.second();
    }

    void carryRegisters(boolean whole) {
      for (int caller = 0; caller < frames.size(); caller++) {
        carryRegisters(caller, whole);
      }
    }

    private void carryRegisters(int caller, boolean whole) {
      for (int r = 0; r < Reg.FP.number(); r++) {
        Reg reg = Reg.of(r);
        long needed = side.needed(returns, caller, reg);
        List<Term> tuple = tuple(caller, reg);
        if (needed == 0 || tuple == null) {
          continue;
        }
        boolean all = needed == -1 || Addresses.base(tuple.getFirst()) != null;
        if (all == whole) {
          String name = (caller == 0 ? "r" : "caller" + caller + ".r") + r;
          frames.get(caller).set(reg, all ? joined(tuple, name) : partly(tuple, needed, name));
        }
      }
    }

    private @Nullable List<Term> tuple(int caller, Reg reg) {
      List<Term> tuple = new ArrayList<>();
      for (Arrival arrival : arrivals) {
        Term value = at(arrival).registers(caller).peek(reg);
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
        boolean carried = isCarried(offset);
        if (carried && whole == tuple.size()) {
          written.set((int) offset + stackBytes());
        } else if (carried) {
          marked.set((int) offset + stackBytes());
        } else {
          bytes.put(offset, lost("fp" + offset, 8));
        }
      }
      for (int slot = 0; slot < stackBytes(); slot += 8) {
        carry(slot, 8, written);
      }
      marked.stream().forEach(this::mark);
    }

    /** Of all frames down to the one of the cut point's function. */
    private int stackBytes() {
      return frames.size() * FRAME_BYTES;
    }

    /**
     * What is needed in the frame of the function; all of its callers' frames, which it may see.
     */
    private boolean isCarried(long offset) {
      long own = (long) returns.size() * FRAME_BYTES;
      return offset >= -own || side.needsStack(returns, 0, offset + own);
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
      long offset = (long) from - stackBytes();
      Term value = joined(read(offset, size), "fp" + offset);
      for (int i = 0; i < size; i++) {
        bytes.put(offset + i, terms.slices.extract(value, 8 * i, 8));
      }
    }

    private void mark(int place) {
      long offset = (long) place - stackBytes();
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
      PathState.Caller callers = null;
      for (int caller = returns.size(); caller > 0; caller--) {
        callers = new PathState.Caller(returns.get(caller - 1), frames.get(caller), callers);
      }
      PathState state = new PathState(frames.getFirst(), facts);
      state.caller = callers;
      state.depth = returns.size();
      content.add(frames.size());
      for (Registers registers : frames) {
        for (int r = 0; r < Reg.COUNT; r++) {
          Term value = registers.peek(Reg.of(r));
          content.add(value == null ? "none" : value);
        }
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
}
