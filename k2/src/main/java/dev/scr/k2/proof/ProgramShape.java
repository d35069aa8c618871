package dev.scr.k2.proof;

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
import java.util.List;

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
  private final BitSet meetings = new BitSet();
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

  /** The place of a line in an order in which, loops apart, every line follows those before it. */
  int order(int line) {
    return order[line];
  }

  /** Whether paths of the main program meet at a line that is in no loop. */
  boolean canCut(int line) {
    return meetings.get(line) && !looping.get(line);
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

  /** Order, meetings and loops of the main program, by a depth-first search. */
  private void explore() {
    int size = code.size();
    int[] stack = new int[2 * size + 4];
    int[] arrivals = new int[size];
    BitSet seen = new BitSet();
    BitSet done = new BitSet();
    List<Integer> heads = new ArrayList<>();
    int count = 0;
    int top = 0;
    stack[top++] = 0;
    while (top > 0) {
      int at = stack[--top];
      if (at < 0) {
        order[~at] = size - count++;
        done.set(~at);
        continue;
      }
      if (seen.get(at)) {
        continue;
      }
      seen.set(at);
      stack[top++] = ~at;
      for (int next : next(at)) {
        arrivals[next]++;
        if (seen.get(next) && !done.get(next)) {
          heads.add(next);
        } else if (!seen.get(next)) {
          if (top + 2 >= stack.length) {
            stack = Arrays.copyOf(stack, 2 * stack.length);
          }
          stack[top++] = next;
        }
      }
    }
    for (int line = 0; line < size; line++) {
      meetings.set(line, arrivals[line] > 1);
    }
    heads.forEach(this::markLoop);
  }

  /** Marks what can come back to a head: lines that it reaches and that reach it. */
  private void markLoop(int head) {
    BitSet reached = closure(head);
    for (int line = reached.nextSetBit(0); line >= 0; line = reached.nextSetBit(line + 1)) {
      if (!looping.get(line) && closure(line).get(head)) {
        looping.set(line);
      }
    }
  }

  private BitSet closure(int from) {
    BitSet reached = new BitSet();
    List<Integer> open = new ArrayList<>(List.of(from));
    while (!open.isEmpty()) {
      for (int next : next(open.removeLast())) {
        if (!reached.get(next)) {
          reached.set(next);
          open.add(next);
        }
      }
    }
    return reached;
  }
}
