package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known before every line of a draft. A forward data-flow analysis: values are terms, a
 * join of different values is a new symbol with the bounds of both. At the head of a loop whatever
 * the loop changes is a symbol without bounds, so that loops need no widening. Valid until the
 * draft is changed. Owned by one thread.
 */
public final class Analysis {
  private final Draft draft;
  private final Terms terms = new Terms();
  private final Evaluation evaluation;
  private final Transfer transfer;
  private final LoopChanges loops;
  private final ReversePostorder order;
  private final BitSet leaders;
  private final Term framePointer;
  private final @Nullable State[] before;
  private final Map<Integer, List<State>> arriving = new HashMap<>();

  private Analysis(Draft draft) {
    this.draft = draft;
    this.framePointer = terms.symbol(-1, Bounds.ANY, new Region.Stack());
    this.evaluation = new Evaluation(terms, draft.type());
    this.transfer = new Transfer(terms, evaluation, draft.maps(), framePointer);
    this.loops = new LoopChanges(terms);
    this.leaders = draft.leaders();
    this.order = ReversePostorder.of(draft);
    this.before = new State[draft.size()];
  }

  /** Analyses a draft. */
  public static Analysis of(Draft draft) {
    Analysis analysis = new Analysis(draft);
    while (!analysis.run()) {
      analysis.restart();
    }
    return analysis;
  }

  /** What is known before a line; null if it cannot be reached. */
  public @Nullable State before(Line line) {
    return before[line.index()];
  }

  /** The store of the terms. */
  public Terms terms() {
    return terms;
  }

  /** The frame pointer r10. */
  public Term framePointer() {
    return framePointer;
  }

  /**
   * Whether a value is the result of a look-up that always finds something: the key is smaller than
   * the number of entries of an array ({@code array_map_lookup_elem} in the kernel checks nothing
   * else). The verifier wants a check for null all the same.
   */
  public boolean isNeverNull(Term term) {
    return transfer.isNeverNull(term);
  }

  /** Whether a pointer into the stack may have been stored in memory or handed to a function. */
  public boolean stackEscapes() {
    return transfer.stackEscapes();
  }

  private void restart() {
    Arrays.fill(before, null);
    arriving.clear();
  }

  /** One pass in reverse postorder; whether what was assumed of loops held. */
  private boolean run() {
    boolean held = true;
    boolean escaped = transfer.stackEscapes();
    for (int f = 0; f < draft.starts().size(); f++) {
      arrive(draft.starts().get(f).index(), entry(f));
    }
    for (int at : order.lines()) {
      State state = join(at);
      if (state != null) {
        before[at] = state;
        held &= leave(draft.line(at), state.copy());
      }
    }
    return held && escaped == transfer.stackEscapes();
  }

  private State entry(int function) {
    State state = new State(terms);
    state.version = terms.freshVersion();
    for (int r = 1; r <= 5; r++) {
      state.registers[r] =
          function != 0
              ? terms.symbol(-16L * function - r, Bounds.ANY, new Region.Unknown())
              : r == 1 ? terms.symbol(-2, Bounds.ANY, new Region.Context()) : null;
    }
    if (function != 0) {
      // A caller may keep anything in r6 to r9, but a function does not read them.
      Arrays.fill(state.registers, 6, 10, null);
    }
    state.registers[Reg.FP.number()] = framePointer;
    return state;
  }

  private void arrive(int at, State state) {
    arriving.computeIfAbsent(at, _ -> new ArrayList<>()).add(state);
  }

  /** Hands a state on; for a jump backwards, whether the head of the loop had expected it. */
  private boolean handOn(int from, int to, State state) {
    if (!order.isBackwards(from, to)) {
      arrive(to, state);
      return true;
    }
    State head = before[to];
    return head == null || loops.allow(to, head, state);
  }

  private @Nullable State join(int at) {
    List<State> states = arriving.remove(at);
    if (states == null) {
      return null;
    }
    return loops.without(
        at, states.size() == 1 ? states.getFirst() : new Join(terms, at).of(states));
  }

  private boolean leave(Line line, State after) {
    int at = line.index();
    if (line.insn() instanceof Exit) {
      return true;
    }
    if (line.insn() instanceof Jump) {
      return handOn(at, line.target().index(), after);
    }
    if (line.insn() instanceof Branch branch) {
      Term taken = evaluation.condition(branch, after);
      boolean held = true;
      if (taken == null || !taken.is(0)) {
        held = handOn(at, line.target().index(), refined(branch, after.copy(), true));
      }
      if (taken == null || !taken.isConstant() || taken.is(0)) {
        held &= handOn(at, at + 1, refined(branch, after, false));
      }
      return held;
    }
    transfer.execute(line, after);
    return at + 1 >= draft.size() || handOn(at, at + 1, after);
  }

  /** Whether control can come to a line from elsewhere than the line before. */
  public boolean isLeader(Line line) {
    return leaders.get(line.index());
  }

  /** What is known where a branch jumps to, if this is known before it. */
  public State taken(Branch branch, State before) {
    return refined(branch, before.copy(), true);
  }

  private State refined(Branch branch, State state, boolean taken) {
    Term a = state.register(branch.dst());
    Term b = state.value(branch.src());
    if (a != null && b != null) {
      new Refinement(terms, state).learn(branch, a, b, taken);
    }
    return state;
  }

  /** Whether a branch is taken, as far as it is known: 1, 0 or something else. */
  public @Nullable Term condition(Branch branch, State state) {
    return evaluation.condition(branch, state);
  }

  /** The value that an arithmetic instruction computes; null if an operand may not be read. */
  public @Nullable Term computed(Alu alu, State state) {
    return evaluation.computed(alu, state);
  }

  /** The value that a load finds; null if the base may not be read. */
  public @Nullable Term loaded(Load load, State state) {
    return evaluation.loaded(load, state);
  }

  /** The value that an LDDW loads. */
  public Term constant(LoadWide wide) {
    return evaluation.constant(wide);
  }
}
