package dev.scr.ebpf.isa;

import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;

/**
 * A linked program cut into functions, after the checks that every engine relies on: jumps stay
 * inside their function and start an instruction, control never runs off a function's end, every
 * instruction can be reached, calls do not recurse and are at most {@value #MAX_CALL_DEPTH} deep.
 */
public final class ControlFlow {
  /** Frames that may be on the stack at once, as in the kernel. */
  public static final int MAX_CALL_DEPTH = 8;

  /** Slots a program may have, as in the kernel for privileged users. */
  public static final int MAX_SLOTS = 1_000_000;

  /**
   * One function.
   *
   * @param start index of its first instruction
   * @param end index behind its last instruction
   * @param callback whether its address is taken by a code address
   */
  public record Function(int start, int end, boolean callback) {}

  private final InstructionList code;
  private final List<Function> functions;

  private ControlFlow(InstructionList code, List<Function> functions) {
    this.code = code;
    this.functions = functions;
  }

  /** Checks a program. Function 0 is where it starts. */
  public static ControlFlow of(InstructionList code) {
    if (code.size() == 0) {
      throw new InvalidProgramException("expected at least one instruction, found none");
    }
    if (code.slots() > MAX_SLOTS) {
      throw new InvalidProgramException(
          "expected at most " + MAX_SLOTS + " slots, found " + code.slots());
    }
    ControlFlow flow = new ControlFlow(code, cut(code));
    flow.functions.forEach(flow::checkFunction);
    flow.checkReachable();
    flow.checkCalls();
    return flow;
  }

  /** The functions in the order of their code. */
  public List<Function> functions() {
    return functions;
  }

  /** Number of the function that contains an instruction. */
  public int functionAt(int index) {
    int low = 0;
    int high = functions.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (functions.get(middle).start() <= index) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Whether control may continue with the next instruction. */
  public static boolean fallsThrough(Instruction insn) {
    return !(insn instanceof Exit || insn instanceof Jump);
  }

  /** Whether the instruction refers to a function: a local call or a code address. */
  public static boolean refersToFunction(Instruction insn) {
    return insn instanceof CallLocal
        || (insn instanceof LoadWide wide && wide.source() == WideSource.CODE);
  }

  private static List<Function> cut(InstructionList code) {
    TreeSet<Integer> starts = new TreeSet<>();
    BitSet callbacks = new BitSet();
    starts.add(0);
    for (int i = 0; i < code.size(); i++) {
      if (refersToFunction(code.get(i))) {
        int target = code.target(i);
        starts.add(target);
        if (code.get(i) instanceof LoadWide) {
          callbacks.set(target);
        }
      }
    }
    List<Integer> bounds = new ArrayList<>(starts);
    bounds.add(code.size());
    List<Function> functions = new ArrayList<>();
    for (int f = 0; f + 1 < bounds.size(); f++) {
      int start = bounds.get(f);
      functions.add(new Function(start, bounds.get(f + 1), callbacks.get(start)));
    }
    return List.copyOf(functions);
  }

  private void checkFunction(Function function) {
    for (int i = function.start(); i < function.end(); i++) {
      Instruction insn = code.get(i);
      if (insn instanceof Jump || insn instanceof Branch) {
        int target = code.target(i);
        if (target < function.start() || target >= function.end()) {
          throw at(
              i,
              "expected a target inside the function (slots "
                  + code.slot(function.start())
                  + " to "
                  + (code.slot(function.end()) - 1)
                  + "), found slot "
                  + code.slot(target));
        }
      }
    }
    int last = function.end() - 1;
    if (fallsThrough(code.get(last))) {
      throw at(
          last, "expected exit or goto at the end of the function, found control that runs on");
    }
  }

  private void checkReachable() {
    BitSet reached = new BitSet(code.size());
    Deque<Integer> work = new ArrayDeque<>();
    for (Function function : functions) {
      work.push(function.start());
    }
    while (!work.isEmpty()) {
      int index = work.pop();
      if (reached.get(index)) {
        continue;
      }
      reached.set(index);
      Instruction insn = code.get(index);
      if (fallsThrough(insn)) {
        work.push(index + 1);
      }
      if (insn instanceof Jump || insn instanceof Branch) {
        work.push(code.target(index));
      }
    }
    int dead = reached.nextClearBit(0);
    if (dead < code.size()) {
      throw at(dead, "expected code that can be reached, found unreachable code");
    }
  }

  /**
   * Depth of the deepest call chain from each function; a function that is being visited is part of
   * a cycle.
   */
  private void checkCalls() {
    int[] depth = new int[functions.size()];
    for (int f = 0; f < depth.length; f++) {
      depth(f, depth, new ArrayList<>());
    }
    if (depth[0] > MAX_CALL_DEPTH) {
      throw new InvalidProgramException(
          "insn 0: expected at most " + MAX_CALL_DEPTH + " nested calls, found " + depth[0]);
    }
  }

  private int depth(int f, int[] depth, List<Integer> path) {
    if (depth[f] != 0) {
      return depth[f];
    }
    int deepest = 0;
    path.add(f);
    Function function = functions.get(f);
    for (int i = function.start(); i < function.end(); i++) {
      if (code.get(i) instanceof CallLocal) {
        int callee = functionAt(code.target(i));
        if (path.contains(callee)) {
          throw at(
              i, "expected calls without recursion, found a call of a function that is active");
        }
        if (path.size() > 4 * MAX_CALL_DEPTH) {
          throw at(i, "expected at most " + MAX_CALL_DEPTH + " nested calls, found more");
        }
        deepest = Math.max(deepest, depth(callee, depth, path));
      }
    }
    path.removeLast();
    depth[f] = deepest + 1;
    return depth[f];
  }

  private InvalidProgramException at(int index, String what) {
    return new InvalidProgramException(
        "insn " + code.slot(index) + " (" + code.get(index) + "): " + what);
  }
}
