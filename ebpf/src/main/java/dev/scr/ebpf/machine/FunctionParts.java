package dev.scr.ebpf.machine;

import dev.scr.ebpf.isa.ControlFlow;
import dev.scr.ebpf.isa.InitializedRegisters;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.Reg;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * How a function is cut into parts, each small enough for HotSpot's compilers, and what crosses the
 * cuts. A cut goes where few jumps cross it, through a loop only if the loop is too large itself,
 * and where few registers are live.
 */
final class FunctionParts {
  /** A jump back across a cut costs a change of parts for each turn of a loop. */
  private static final int LOOP_COST = 100;

  private static final int JUMP_COST = 3;

  /** Instructions that a block which ends the function may have to be repeated in other parts. */
  private static final int MAX_TAIL = 5;

  /**
   * One part.
   *
   * @param from index of its first instruction
   * @param to index behind its last one
   * @param entries indexes at which other parts, or the function's start, come in, rising
   * @param in bits of the registers that are live at an entry
   * @param out bits of the registers that the part changes and that are live where it is left
   */
  record Part(int from, int to, List<Integer> entries, int in, int out) {
    Part {
      entries = List.copyOf(entries);
    }
  }

  private final InstructionList code;
  private final ControlFlow.Function function;
  private final LiveRegisters live;
  private final int[] bytes;
  private final List<Part> parts = new ArrayList<>();

  private FunctionParts(InstructionList code, ControlFlow.Function function, int[] bytes) {
    this.code = code;
    this.function = function;
    this.bytes = bytes;
    this.live = LiveRegisters.of(code, function);
  }

  /**
   * The parts of a function; one if all fits.
   *
   * @param bytes of bytecode that each instruction is estimated to become
   * @param limit of a part, by the same estimate
   */
  static List<Part> of(
      InstructionList code, ControlFlow.Function function, int[] bytes, int limit) {
    if (Arrays.stream(bytes).sum() <= limit) {
      return List.of(new Part(function.start(), function.end(), List.of(), 0, 0));
    }
    FunctionParts parts = new FunctionParts(code, function, bytes);
    List<Integer> bounds = parts.bounds(limit);
    for (int p = 0; p + 1 < bounds.size(); p++) {
      parts.parts.add(parts.part(bounds.get(p), bounds.get(p + 1)));
    }
    return List.copyOf(parts.parts);
  }

  private List<Integer> bounds(int limit) {
    int[] costs = costs();
    List<Integer> bounds = new ArrayList<>();
    bounds.add(function.start());
    int rest = Arrays.stream(bytes).sum();
    while (rest > limit) {
      int from = bounds.getLast() - function.start();
      int cut = cut(from, costs, limit);
      bounds.add(function.start() + cut);
      rest -= Arrays.stream(bytes, from, cut).sum();
    }
    bounds.add(function.end());
    return bounds;
  }

  /** The cheapest place in the second half of what fits; the later one of two. */
  private int cut(int from, int[] costs, int limit) {
    int cut = from + 1;
    int size = bytes[from];
    for (int at = from + 1; at < bytes.length && size + bytes[at] <= limit; at++) {
      size += bytes[at];
      if (size <= limit / 2 || costs[at + 1] <= costs[cut]) {
        cut = at + 1;
      }
    }
    return Math.min(cut, bytes.length - 1);
  }

  /** What a cut before each instruction costs. */
  private int[] costs() {
    int[] costs = new int[function.end() - function.start() + 1];
    for (int i = function.start(); i < function.end(); i++) {
      if (isJump(code.get(i))) {
        int target = code.target(i);
        int cost = target <= i ? LOOP_COST : JUMP_COST;
        costs[Math.min(i, target) + 1 - function.start()] += cost;
        costs[Math.max(i, target) + 1 - function.start()] -= cost;
      }
    }
    int crossing = 0;
    for (int at = 0; at < costs.length; at++) {
      crossing += costs[at];
      int index = function.start() + at;
      costs[at] = crossing + (index < function.end() ? Integer.bitCount(live.before(index)) : 0);
    }
    return costs;
  }

  /**
   * Whether a block only computes a result and ends the function: a part that jumps there ends with
   * a copy of it instead of a change of parts.
   */
  static boolean isTail(InstructionList code, int index) {
    for (int i = index; i < Math.min(index + MAX_TAIL, code.size()); i++) {
      Instruction insn = code.get(i);
      if (insn instanceof Exit) {
        return true;
      }
      if (!(insn instanceof Alu || insn instanceof Swap || insn instanceof LoadWide)) {
        return false;
      }
    }
    return false;
  }

  private Part part(int from, int to) {
    TreeSet<Integer> entries = new TreeSet<>();
    int leaving = 0;
    int written = 0;
    int tails = 0;
    if (from == function.start() || ControlFlow.fallsThrough(code.get(from - 1))) {
      entries.add(from);
    }
    if (to < function.end() && ControlFlow.fallsThrough(code.get(to - 1))) {
      leaving |= live.before(to);
      tails = isTail(code, to) ? bit(Reg.R0) : 0;
    }
    for (int i = function.start(); i < function.end(); i++) {
      boolean inside = isInside(i, from, to);
      Instruction insn = code.get(i);
      if (inside) {
        written |= InitializedRegisters.writes(insn);
      }
      if (isJump(insn)) {
        int target = code.target(i);
        boolean crosses = inside != isInside(target, from, to);
        if (crosses && inside && isTail(code, target)) {
          tails = bit(Reg.R0);
        } else if (crosses && inside) {
          leaving |= live.before(target);
        } else if (crosses && !isTail(code, target) && isInside(target, from, to)) {
          entries.add(target);
        }
      }
    }
    if (entries.isEmpty()) {
      entries.add(from); // only a tail, which all others have copies of
    }
    int in = entries.stream().mapToInt(live::before).reduce(0, (a, b) -> a | b);
    // The result leaves like any register.
    int out = (written & (leaving | bit(Reg.R0))) | tails;
    return new Part(from, to, List.copyOf(entries), in, out);
  }

  private static boolean isInside(int index, int from, int to) {
    return index >= from && index < to;
  }

  private static boolean isJump(Instruction insn) {
    return insn instanceof Jump || insn instanceof Branch;
  }

  private static int bit(Reg register) {
    return 1 << register.number();
  }
}
