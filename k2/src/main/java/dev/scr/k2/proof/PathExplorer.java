package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.InstructionList;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.ebpf.object.ProgramSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Executes one program symbolically, path by path, in the order of its code. */
final class PathExplorer {
  /** How a path ends. */
  record End(PathState state, String outcome) {}

  static final String EXIT = "exit";

  /** The outcome of a path that has come to a line where it was to stop. */
  static final String STOPPED = "stop";

  private static final int MAX_DEPTH = 8;

  private final Universe universe;
  private final Terms terms;
  private final InstructionList code;
  private final PathMemory memory;
  private final HelperCalls helpers;
  private final PacketLoads packetLoads;
  private final String program;
  private final Deque<PathState> open = new ArrayDeque<>();
  private final BitSet stops;
  private final boolean isInRegion;
  private final boolean isLazy;

  PathExplorer(Universe universe, ProgramSpec spec, String program, boolean original) {
    this(universe, spec, program, original, Optional.empty());
  }

  /**
   * An explorer of a part of a program: paths also end before these lines, unless they start there.
   * Whether a path of the original can be taken is not asked before something is wrong with it.
   */
  static PathExplorer inRegion(
      Universe universe, ProgramSpec spec, String program, boolean original, BitSet stops) {
    return new PathExplorer(universe, spec, program, original, Optional.of(stops));
  }

  private PathExplorer(
      Universe universe,
      ProgramSpec spec,
      String program,
      boolean original,
      Optional<BitSet> region) {
    this.stops = region.orElseGet(BitSet::new);
    this.isInRegion = region.isPresent();
    this.isLazy = isInRegion && original;
    this.universe = universe;
    this.terms = universe.terms;
    this.code = spec.code();
    this.program = program;
    this.memory = new PathMemory(universe, program, original);
    this.helpers = new HelperCalls(universe, memory);
    this.packetLoads = new PacketLoads(universe, memory);
  }

  PathMemory memory() {
    return memory;
  }

  HelperCalls helpers() {
    return helpers;
  }

  /** The state at the program's start. */
  PathState start(Facts facts) {
    Registers registers = new Registers(terms);
    registers.set(Reg.R1, universe.context);
    registers.set(Reg.FP, universe.framePointer(0));
    return new PathState(registers, facts);
  }

  /** Runs all paths from a state that can be taken; each end is told. */
  void explore(PathState start, Consumer<End> ends) {
    open.push(start);
    while (!open.isEmpty()) {
      run(open.pop(), ends);
    }
  }

  /** Runs one path until it ends or splits. */
  private void run(PathState state, Consumer<End> ends) {
    while (true) {
      if (state.steps > 0 && stops.get(state.at)) {
        ends.accept(new End(state, STOPPED));
        return;
      }
      if (++state.steps > universe.options.maxSteps()) {
        throw new Refusal(
            "expected paths of at most " + universe.options.maxSteps() + " instructions");
      }
      Instruction insn = code.get(state.at);
      try {
        if (state.registers.step(insn)) {
          state.at++;
        } else if (!step(state, insn, ends)) {
          return;
        }
      } catch (Refusal e) {
        if (isImpossible(state)) {
          return;
        }
        throw new Refusal(
            program + ", insn " + code.slot(state.at) + " (" + insn + "): " + e.why());
      } catch (Unsafe e) {
        if (isImpossible(state)) {
          return;
        }
        throw new Unsafe(
            program + ", insn " + code.slot(state.at) + " (" + insn + "): " + e.getMessage(),
            e.input());
      }
    }
  }

  /** One instruction; false if the path ended or goes on elsewhere. */
  private boolean step(PathState state, Instruction insn, Consumer<End> ends) {
    Registers registers = state.registers;
    switch (insn) {
      case Load(MemSize size, boolean signed, Reg dst, Reg base, short offset) ->
          registers.set(dst, load(state, address(state, base, offset), size, signed));
      case Store(MemSize size, Reg base, short offset, var src) ->
          memory.store(state, address(state, base, offset), registers.operand(src), size.bytes());
      case Atomic atomic -> atomic(state, atomic);
      case LoadWide wide -> registers.set(wide.dst(), wide(wide));
      case Jump _ -> {
        state.at = code.target(state.at);
        return true;
      }
      case Branch branch -> {
        return branch(state, branch);
      }
      case CallHelper(int helper) -> {
        return split(state, ends, ways -> helpers.call(state, helper, ways));
      }
      case CallLocal _ -> {
        call(state);
        return true;
      }
      case LoadAbsolute(MemSize size, int offset) -> {
        Term at = terms.number(offset, 32);
        return split(state, ends, ways -> packetLoads.load(state, size, at, ways));
      }
      case LoadIndirect(MemSize size, Reg index, int offset) -> {
        Term low = terms.slices.extract(registers.get(index), 0, 32);
        Term at = terms.add(low, terms.number(offset, 32));
        return split(state, ends, ways -> packetLoads.load(state, size, at, ways));
      }
      case Exit _ -> {
        return leave(state, ends);
      }
      default -> throw new Refusal("expected an instruction with a model");
    }
    state.at++;
    return true;
  }

  /** Goes on from an instruction all ways that it tells; always ends this run. */
  private boolean split(PathState state, Consumer<End> ends, Consumer<Ways> instruction) {
    Forks forks = new Forks(state, state.at + 1);
    instruction.accept(forks);
    return forks.go(ends);
  }

  private Term address(PathState state, Reg base, short offset) {
    return terms.add(state.registers.get(base), terms.constant(offset));
  }

  private Term load(PathState state, Term address, MemSize size, boolean signed) {
    Term found = memory.load(state, address, size.bytes());
    // A packet pointer in the context is wider than the field that the program names.
    return found.width == 64
        ? found
        : Meaning.loaded(terms, size, signed, terms.slices.widen(found, 64));
  }

  private void atomic(PathState state, Atomic atomic) {
    MemSize size = atomic.width() == Width.W64 ? MemSize.DW : MemSize.W;
    Term address = address(state, atomic.base(), atomic.offset());
    Region.Kind kind = memory.place(address).block().kind();
    if (kind == Region.Kind.CONTEXT || kind == Region.Kind.PACKET) {
      throw new Refusal("expected an atomic operation on the stack or a map value");
    }
    Term old = load(state, address, size, false);
    Term src = state.registers.get(atomic.src());
    boolean compares = atomic.result().equals(Reg.R0);
    Term r0 = compares ? state.registers.get(Reg.R0) : terms.constant(0);
    Term result = Meaning.atomic(terms, atomic.op(), atomic.width(), old, src, r0);
    memory.store(state, address, result, size.bytes());
    if (atomic.op().fetches()) {
      state.registers.set(atomic.result(), old);
    }
    if (kind != Region.Kind.STACK) {
      Instruction kindOnly = new Atomic(atomic.width(), atomic.op(), Reg.R0, (short) 0, Reg.R0);
      state.atomics.add(new WindowRun.AtomicEffect(kindOnly, address, src));
    }
  }

  private Term wide(LoadWide wide) {
    return switch (wide.source()) {
      case MAP_INDEX -> {
        universe.spec(wide.imm());
        yield universe.mapHandle(wide.imm());
      }
      case MAP_INDEX_VALUE -> {
        if (!Universe.isArray(universe.spec(wide.imm()))) {
          throw new Refusal("expected an array map");
        }
        Term first = universe.value(wide.imm(), "", List.of(terms.number(0, 32)));
        yield terms.add(first, terms.constant(wide.nextImm()));
      }
      default -> throw new Refusal("expected a constant or a map, found " + wide.source());
    };
  }

  private boolean branch(PathState state, Branch branch) {
    universe.checkTime();
    Term taken = state.facts.decide(state.registers.test(branch));
    int target = code.target(state.at);
    if (taken == terms.yes) {
      state.at = target;
      return true;
    }
    if (taken == terms.no) {
      state.at++;
      return true;
    }
    boolean canTake = possible(state, taken);
    boolean canPass = !canTake || possible(state, terms.not(taken));
    if (canTake && canPass) {
      PathState jump = state.fork(taken);
      jump.at = target;
      open.push(jump);
    }
    state.facts = state.facts.with(canPass ? terms.not(taken) : taken);
    state.at = canPass ? state.at + 1 : target;
    return true;
  }

  /** Whether a condition may hold on a path; yes if the solver does not know, or is not asked. */
  private boolean possible(PathState state, Term condition) {
    return isLazy || universe.questions.possible(state.facts, condition);
  }

  /** Whether a path that may not exist does not: then nothing is wrong with it. */
  private boolean isImpossible(PathState state) {
    return isInRegion
        && universe.solver.check(state.facts.conditions()) == Solver.Answer.UNSATISFIABLE;
  }

  private void call(PathState state) {
    if (state.depth + 1 >= MAX_DEPTH) {
      throw new Refusal("expected at most " + MAX_DEPTH + " nested calls");
    }
    Registers callee = new Registers(terms);
    for (int i = 1; i <= 5; i++) {
      callee.set(Reg.of(i), state.registers.peek(Reg.of(i)));
    }
    state.caller = new PathState.Caller(state.at + 1, state.registers, state.caller);
    state.at = code.target(state.at);
    state.depth++;
    callee.set(Reg.FP, universe.framePointer(state.depth));
    state.registers = callee;
  }

  private boolean leave(PathState state, Consumer<End> ends) {
    PathState.Caller caller = state.caller;
    if (caller == null) {
      ends.accept(new End(state, EXIT));
      return false;
    }
    Term result = state.registers.peek(Reg.R0);
    Registers registers = caller.registers().copy();
    state.registers = registers;
    HelperCalls.finish(state, result == null ? terms.symbol("none", 64) : result);
    if (result == null) {
      registers.set(Reg.R0, null);
    }
    state.at = caller.next();
    state.caller = caller.outer();
    state.depth--;
    return true;
  }

  /** The ways that one instruction can go. */
  private final class Forks implements Ways {
    private final PathState state;
    private final int next;
    private final List<Way> ways = new ArrayList<>();

    private record Way(Term condition, Consumer<PathState> change, String outcome) {}

    Forks(PathState state, int next) {
      this.state = state;
      this.next = next;
    }

    @Override
    public void when(Term condition, Consumer<PathState> change) {
      ways.add(new Way(condition, change, ""));
    }

    @Override
    public void end(Term condition, String outcome) {
      ways.add(new Way(condition, _ -> {}, outcome));
    }

    @Override
    public void zero(Term condition) {
      ways.add(new Way(condition, s -> s.registers.set(Reg.R0, terms.constant(0)), EXIT));
    }

    /** Goes all ways that are possible; always ends this run. */
    boolean go(Consumer<End> ends) {
      for (Way way : ways) {
        Term decided = state.facts.decide(way.condition);
        if (decided == terms.no || (decided != terms.yes && !possible(state, decided))) {
          continue;
        }
        PathState fork = state.fork(way.condition);
        way.change.accept(fork);
        fork.at = next;
        if (way.outcome.isEmpty()) {
          open.push(fork);
        } else {
          ends.accept(new End(fork, way.outcome));
        }
      }
      return false;
    }
  }
}
