package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.CutState.Side;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Arrivals in groups: a group has the same kinds of values in needed registers and on the stack (a
 * number, or a pointer into which memory) and the same callers. Each makes a state of its own, as
 * in the kernel's verifier.
 */
final class ArrivalGroups {
  private ArrivalGroups() {}

  /** The groups in the order of their first arrivals, by what tells them apart. */
  static Map<List<Object>, List<Arrival>> of(
      Universe universe, List<Arrival> arrivals, Side a, Side b) {
    Map<List<Object>, List<Arrival>> byCallers = new LinkedHashMap<>();
    for (Arrival arrival : arrivals) {
      byCallers
          .computeIfAbsent(
              List.of(arrival.firstReturns(), arrival.secondReturns()), _ -> new ArrayList<>())
          .add(arrival);
    }
    Map<List<Object>, List<Arrival>> groups = new LinkedHashMap<>();
    for (List<Arrival> same : byCallers.values()) {
      List<Integer> mine = same.getFirst().firstReturns();
      List<Integer> theirs = same.getFirst().secondReturns();
      Kinds first = new Kinds(universe, a, mine, CutState.ORIGINAL);
      Kinds second = new Kinds(universe, b, theirs, CutState.CANDIDATE);
      same.forEach(arrival -> first.see(arrival.first()));
      same.forEach(arrival -> second.see(arrival.second()));
      for (Arrival arrival : same) {
        List<Object> key =
            List.of(mine, theirs, first.of(arrival.first()), second.of(arrival.second()));
        groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(arrival);
      }
    }
    return groups;
  }

  /** Kinds of values of one version. */
  private static final class Kinds {
    private final Universe universe;
    private final Side side;
    private final List<Integer> returns;
    private final Block stack;

    /** Registers that have no value in some arrival, so that the state has none in them. */
    private final BitSet lost = new BitSet();

    Kinds(Universe universe, Side side, List<Integer> returns, String program) {
      this.universe = universe;
      this.side = side;
      this.returns = returns;
      this.stack = universe.stackOf(program);
    }

    private static int place(int caller, int register) {
      return caller * Reg.COUNT + register;
    }

    void see(PathState state) {
      for (int caller = 0; caller <= returns.size(); caller++) {
        Registers registers = state.registers(caller);
        for (int r = 0; r < Reg.FP.number(); r++) {
          if (registers.peek(Reg.of(r)) == null) {
            lost.set(place(caller, r));
          }
        }
      }
    }

    List<String> of(PathState state) {
      List<String> kinds = new ArrayList<>();
      for (int caller = 0; caller <= returns.size(); caller++) {
        Registers registers = state.registers(caller);
        for (int r = 0; r < Reg.FP.number(); r++) {
          Term value = registers.peek(Reg.of(r));
          boolean carried =
              !lost.get(place(caller, r)) && side.needed(returns, caller, Reg.of(r)) != 0;
          kinds.add(value == null || !carried ? "-" : JoinedValues.kind(universe, state, value));
        }
        addStack(state, caller, kinds);
      }
      return kinds;
    }

    private void addStack(PathState state, int caller, List<String> kinds) {
      long frame = (long) -CutState.FRAME_BYTES * (returns.size() - caller);
      for (long offset = -CutState.FRAME_BYTES; offset < 0; offset += 8) {
        if (side.needsStack(returns, caller, offset)) {
          Term at = universe.terms.constant(frame + offset);
          Term value = state.memory.read(universe.terms, state.facts, stack, at, 8);
          kinds.add(JoinedValues.kind(universe, state, value));
        }
      }
    }
  }
}
