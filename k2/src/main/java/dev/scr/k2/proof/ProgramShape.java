package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.object.ProgramSpec;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Liveness;
import dev.scr.k2.code.Draft;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One version of a program as a proof by cut points sees it: its control flow, and hints about what
 * is needed where. The hints decide what the proof tries, not what it believes.
 */
final class ProgramShape {
  private final ProgramSpec spec;
  private final InstructionList code;
  private final List<Instruction> texts = new ArrayList<>();
  private final Needs needs;
  private final int[] order;
  private final int[] part;
  private final BitSet meetings = new BitSet();
  private final BitSet heads = new BitSet();

  /** Parts that are loops of several lines. */
  private final BitSet looping = new BitSet();

  /** What may matter from a line on. */
  interface Needs {
    /** Bits of a register. */
    long register(int line, Reg reg);

    /** A byte of the stack, by its offset from r10. */
    boolean stack(int line, long offset);
  }

  /** The shape of a program, with what the analysis says is needed. */
  static ProgramShape of(ProgramSpec spec) {
    Draft draft = Draft.of(spec);
    Liveness liveness = Liveness.of(draft, Analysis.of(draft));
    return new ProgramShape(
        spec,
        new Needs() {
          @Override
          public long register(int line, Reg reg) {
            return liveness.neededBefore(draft.line(line), reg);
          }

          @Override
          public boolean stack(int line, long offset) {
            return liveness.stackNeededBefore(draft.line(line), offset);
          }
        });
  }

  ProgramShape(ProgramSpec spec, Needs needs) {
    this.spec = spec;
    this.code = spec.code();
    this.needs = needs;
    Draft.of(spec).lines().forEach(line -> texts.add(line.insn()));
    this.order = new int[code.size()];
    this.part = new int[code.size()];
    Arrays.fill(order, -1);
    explore();
  }

  ProgramSpec spec() {
    return spec;
  }

  InstructionList code() {
    return code;
  }

  int size() {
    return code.size();
  }

  /** The instructions without distances. */
  List<Instruction> texts() {
    return texts;
  }

  /**
   * The place of a line in an order in which, inside of loops apart, every line follows those
   * before it.
   */
  int order(int line) {
    return order[line];
  }

  /** Whether paths of a function meet at a line, as they do at the head of a loop. */
  boolean canCut(int line) {
    return meetings.get(line) || heads.get(line);
  }

  /**
   * The number of the loop, with those in it, that a line is in; lines in no loop have their own.
   */
  int part(int line) {
    return part[line];
  }

  /** Whether paths may come back to a line. */
  boolean isInLoop(int line) {
    return looping.get(part[line]) || heads.get(line);
  }

  /** Numbers with which the loop that a line is in compares to know whether it goes on. */
  List<Integer> limits(int line) {
    List<Integer> limits = new ArrayList<>();
    for (int at = 0; at < code.size(); at++) {
      int from = at;
      if (order[at] >= 0
          && part[at] == part[line]
          && code.get(at) instanceof Branch branch
          && branch.src() instanceof Imm(int value)
          && next(at).stream().anyMatch(to -> part[to] != part[from] || order[to] <= order[from])) {
        limits.add(value);
      }
    }
    return limits;
  }

  /** Lines of a part of the program where loops pass none of these lines; empty if all do. */
  List<Integer> loopWithout(BitSet lines) {
    List<Integer> rest = new ArrayList<>();
    for (int line = 0; line < code.size(); line++) {
      if (order[line] >= 0 && !lines.get(line)) {
        rest.add(line);
      }
    }
    List<Integer> loop = new ArrayList<>(Cycles.of(rest, this::nextAndCalled).first());
    loop.sort(Comparator.comparingInt(this::order));
    return loop;
  }

  /** Bits of a register that may matter from a line on. */
  long needed(int line, Reg reg) {
    return needs.register(line, reg);
  }

  /** Whether a byte of the stack may matter from a line on. */
  boolean needsStack(int line, long offset) {
    return needs.stack(line, offset);
  }

  /** Lines that may follow a line in its function: the next one first. */
  List<Integer> next(int line) {
    Instruction insn = code.get(line);
    return switch (insn) {
      case Exit _ -> List.of();
      case Jump _ -> List.of(code.target(line));
      case Branch _ -> List.of(line + 1, code.target(line));
      default -> List.of(line + 1);
    };
  }

  /** Lines that may follow a line, the first one of a called function among them. */
  List<Integer> nextAndCalled(int line) {
    if (!(code.get(line) instanceof CallLocal)) {
      return next(line);
    }
    return List.of(line + 1, code.target(line));
  }

  /** Lines that follow a line while there is only one way to go, branches counting as passed. */
  List<Integer> ahead(int line, int most) {
    List<Integer> lines = new ArrayList<>();
    int at = line;
    while (lines.size() < most) {
      lines.add(at);
      List<Integer> next = next(at);
      if (next.isEmpty()) {
        break;
      }
      at = next.getFirst();
    }
    return lines;
  }

  /** Order, meetings and heads of loops of all functions, by a depth-first search. */
  private void explore() {
    int size = code.size();
    List<Integer> path = new ArrayList<>(List.of(0));
    List<Integer> finished = new ArrayList<>();
    int[] arrivals = new int[size];
    BitSet seen = new BitSet();
    BitSet done = new BitSet();
    while (!path.isEmpty()) {
      int at = path.removeLast();
      if (at < 0) {
        done.set(~at);
        finished.add(~at);
        continue;
      }
      if (seen.get(at)) {
        continue;
      }
      seen.set(at);
      path.add(~at);
      next(at).forEach(next -> arrivals[next]++);
      // What follows a call is looked at first, so it comes later than the called function.
      for (int next : nextAndCalled(at).reversed()) {
        if (!seen.get(next)) {
          path.add(next);
        } else if (!done.get(next)) {
          heads.set(next);
        }
      }
    }
    for (int line = 0; line < size; line++) {
      meetings.set(line, arrivals[line] > 1);
    }
    sort(finished.reversed());
  }

  /**
   * Gives lines their places: loops one after the other, so that what comes behind one has a later
   * place than all of it.
   *
   * @param lines those that can be reached, in an order that holds where there are no loops
   */
  private void sort(List<Integer> lines) {
    Map<Integer, Integer> places = new HashMap<>();
    lines.forEach(line -> places.put(line, places.size()));
    int place = 0;
    int number = 0;
    for (List<Integer> loop : Cycles.of(lines, this::nextAndCalled).parts()) {
      loop.sort(Comparator.comparing(places::get));
      for (int line : loop) {
        order[line] = place++;
        part[line] = number;
      }
      looping.set(number++, loop.size() > 1);
    }
  }
}
