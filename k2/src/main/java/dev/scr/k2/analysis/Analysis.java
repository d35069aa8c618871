package dev.scr.k2.analysis;

import dev.scr.ebpf.isa.Helper;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Branch;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.CallKernel;
import dev.scr.ebpf.isa.Instruction.CallLocal;
import dev.scr.ebpf.isa.Instruction.CallRegister;
import dev.scr.ebpf.isa.Instruction.Exit;
import dev.scr.ebpf.isa.Instruction.Jump;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadAbsolute;
import dev.scr.ebpf.isa.Instruction.LoadIndirect;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.analysis.HelperEffect.InRegister;
import dev.scr.k2.analysis.HelperEffect.KeyOfMap;
import dev.scr.k2.analysis.HelperEffect.Span;
import dev.scr.k2.analysis.HelperEffect.ValueOfMap;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known before every line of a draft. A forward data-flow analysis: values are terms, a
 * join of different values is a new symbol with the bounds of both. At the head of a loop whatever
 * the loop changes is a symbol without bounds, so that loops need no widening. Valid until the
 * draft is changed. Owned by one thread.
 */
public final class Analysis {
  private static final Reg R0 = Reg.R0;

  private final Draft draft;
  private final Terms terms = new Terms();
  private final @Nullable State[] before;
  private final BitSet leaders;
  private final Map<Integer, List<State>> arriving = new HashMap<>();

  /** Loop heads, and at each the registers (by number) and memories that the loop changes. */
  private final Map<Integer, BitSet> changedInLoop = new HashMap<>();

  private final BitSet memoryChangedInLoop = new BitSet();

  /** Map look-ups that find a value whatever the state of the map. */
  private final Set<Term> neverNull = new HashSet<>();

  private final Term framePointer;
  private boolean stackEscapes;

  private Analysis(Draft draft) {
    this.draft = draft;
    this.leaders = draft.leaders();
    this.before = new State[draft.size()];
    this.framePointer = terms.symbol(-1, Bounds.ANY, new Region.Stack());
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
    return neverNull.contains(term);
  }

  /** Whether a pointer into the stack may have been stored in memory or handed to a function. */
  public boolean stackEscapes() {
    return stackEscapes;
  }

  private void restart() {
    Arrays.fill(before, null);
    arriving.clear();
  }

  /** One pass in reverse postorder; whether what was assumed of loops held. */
  private boolean run() {
    boolean held = true;
    boolean escaped = stackEscapes;
    int[] order = reversePostorder();
    int[] place = new int[draft.size()];
    for (int i = 0; i < order.length; i++) {
      place[order[i]] = i;
    }
    for (int f = 0; f < draft.starts().size(); f++) {
      arrive(draft.starts().get(f).index(), entry(f));
    }
    for (int at : order) {
      State state = join(at);
      if (state == null) {
        continue;
      }
      before[at] = state;
      held &= leave(draft.line(at), state.copy(), place);
    }
    return held && escaped == stackEscapes;
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

  private int[] reversePostorder() {
    int size = draft.size();
    int[] postorder = new int[size];
    int count = 0;
    BitSet seen = new BitSet(size);
    int[] stack = new int[2 * size + draft.starts().size() + 2];
    for (Line start : draft.starts().reversed()) {
      int top = 0;
      stack[top++] = start.index();
      while (top > 0) {
        int at = stack[top - 1];
        if (at < 0) {
          postorder[count++] = ~at;
          top--;
        } else if (seen.get(at)) {
          top--;
        } else {
          seen.set(at);
          stack[top - 1] = ~at;
          Line line = draft.line(at);
          if (top + 2 >= stack.length) {
            stack = Arrays.copyOf(stack, 2 * stack.length);
          }
          if (line.isJump()) {
            stack[top++] = line.target().index();
          }
          if (line.fallsThrough() && at + 1 < size) {
            stack[top++] = at + 1;
          }
        }
      }
    }
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = postorder[count - 1 - i];
    }
    return order;
  }

  private void arrive(int at, State state) {
    arriving.computeIfAbsent(at, _ -> new ArrayList<>()).add(state);
  }

  /** Hands a state on; for a jump backwards, whether the head of the loop had expected it. */
  private boolean handOn(int from, int to, State state, int[] place) {
    if (place[to] > place[from]) {
      arrive(to, state);
      return true;
    }
    State head = before[to];
    if (head == null) {
      return true;
    }
    BitSet changed = changedInLoop.computeIfAbsent(to, _ -> new BitSet());
    boolean held = true;
    for (int r = 0; r < Reg.COUNT; r++) {
      if (head.registers[r] != state.registers[r] && !changed.get(r)) {
        changed.set(r);
        held = false;
      }
    }
    boolean sameMemory =
        head.memories.equals(state.memories)
            && head.versions.equals(state.versions)
            && head.version == state.version
            && head.facts.isEmpty()
            && head.inPacket.isEmpty();
    if (!sameMemory && !memoryChangedInLoop.get(to)) {
      memoryChangedInLoop.set(to);
      held = false;
    }
    return held;
  }

  private @Nullable State join(int at) {
    List<State> states = arriving.remove(at);
    if (states == null) {
      return null;
    }
    State state = states.size() == 1 ? states.getFirst() : new Join(terms, at).of(states);
    BitSet changed = changedInLoop.get(at);
    if (changed != null) {
      state = state.copy();
      for (int r = changed.nextSetBit(0); r >= 0; r = changed.nextSetBit(r + 1)) {
        Term value = state.registers[r];
        state.registers[r] =
            value == null ? null : terms.symbol(Join.site(at, r), Bounds.ANY, value.region());
      }
      if (memoryChangedInLoop.get(at)) {
        state.forget(true);
        state.facts = Map.of();
        state.inPacket = Map.of();
      }
    }
    return state;
  }

  private boolean leave(Line line, State after, int[] place) {
    int at = line.index();
    if (line.insn() instanceof Exit) {
      return true;
    }
    if (line.insn() instanceof Jump) {
      return handOn(at, line.target().index(), after, place);
    }
    if (line.insn() instanceof Branch branch) {
      Term taken = condition(branch, after);
      boolean held = true;
      if (taken == null || !taken.is(0)) {
        held = handOn(at, line.target().index(), refined(branch, after.copy(), true), place);
      }
      if (taken == null || !taken.isConstant() || taken.is(0)) {
        held &= handOn(at, at + 1, refined(branch, after, false), place);
      }
      return held;
    }
    execute(line, after);
    return at + 1 >= draft.size() || handOn(at, at + 1, after, place);
  }

  /** Whether a branch is taken, as far as it is known: 1, 0 or something else. */
  public @Nullable Term condition(Branch branch, State state) {
    Term a = state.register(branch.dst());
    Term b = state.value(branch.src());
    if (a == null || b == null) {
      return null;
    }
    return Meaning.test(terms, branch.op(), branch.width(), known(state, a), known(state, b));
  }

  /** A value that stands for a term, with what is known here in its own bounds. */
  private Term known(State state, Term term) {
    Bounds bounds = state.bounds(term);
    if (bounds.isConstant()) {
      return terms.constant(bounds.min());
    }
    return bounds.equals(term.bounds())
        ? term
        : terms.symbol(term.id() | 1L << 60, bounds, term.region());
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

  private void execute(Line line, State state) {
    Instruction insn = line.insn();
    switch (insn) {
      case Alu alu -> set(state, alu.dst(), computed(alu, state));
      case Swap(var op, Reg dst) -> {
        Term value = state.register(dst);
        set(state, dst, value == null ? null : Meaning.swap(terms, op, value));
      }
      case Load load -> set(state, load.dst(), loaded(load, state));
      case LoadWide wide -> set(state, wide.dst(), constant(wide));
      case Store(MemSize size, Reg base, short offset, var src) ->
          store(state, base, offset, state.value(src), size.bytes());
      case Atomic atomic -> atomic(line, atomic, state);
      case LoadAbsolute(MemSize size, int _) -> packetLoad(line, size, state);
      case LoadIndirect(MemSize size, Reg _, int _) -> packetLoad(line, size, state);
      case CallHelper(int helper) -> call(line, helper, state);
      case CallLocal _, CallKernel _, CallRegister _ -> callAnything(line, state);
      case Jump _, Branch _, Exit _ -> throw new IllegalStateException("handled before");
    }
  }

  private static void set(State state, Reg dst, @Nullable Term value) {
    state.registers[dst.number()] = value;
  }

  /** The value that an arithmetic instruction computes; null if an operand may not be read. */
  public @Nullable Term computed(Alu alu, State state) {
    Term src = state.value(alu.src());
    Term dst = alu.op().readsDestination() ? state.register(alu.dst()) : terms.constant(0);
    return src == null || dst == null ? null : Meaning.alu(terms, alu.op(), alu.width(), dst, src);
  }

  /** The value that a load finds; null if the base may not be read. */
  public @Nullable Term loaded(Load load, State state) {
    Term base = state.register(load.base());
    if (base == null) {
      return null;
    }
    Term address = terms.add(base, terms.constant(load.offset()));
    int bytes = load.size().bytes();
    Region region =
        address.region() instanceof Region.Context && bytes == 4
            ? pointerField(draft.type(), address.offset())
            : null;
    if (region != null) {
      // The kernel replaces the 4-byte field by a 64-bit pointer: nothing is extended.
      return terms.symbol(
          Join.site(state.versionOf(new Region.Packet()), 300 + (int) address.offset()),
          Bounds.ANY,
          region);
    }
    Term found = state.load(address, bytes);
    if (found == null) {
      found = terms.load(state.versionOf(new Region.Unknown()), address, bytes, null);
    }
    return Meaning.loaded(terms, load.size(), load.signed(), found);
  }

  private static @Nullable Region pointerField(ProgramType type, long offset) {
    if (type == ProgramType.XDP) {
      return offset == 0 || offset == 8
          ? new Region.Packet()
          : offset == 4 ? new Region.PacketEnd() : null;
    }
    if (type == ProgramType.TC) {
      return offset == 76 || offset == 140
          ? new Region.Packet()
          : offset == 80 ? new Region.PacketEnd() : null;
    }
    return null;
  }

  /** The value that an LDDW loads. */
  public Term constant(LoadWide wide) {
    return switch (wide.source()) {
      case CONSTANT -> terms.constant(wide.value());
      case MAP_FD, MAP_INDEX ->
          terms.symbol(Join.site(wide.imm(), 200), Bounds.ANY, new Region.MapHandle(wide.imm()));
      case MAP_FD_VALUE, MAP_INDEX_VALUE ->
          terms.add(
              terms.symbol(
                  Join.site(wide.imm(), 201),
                  Bounds.unsigned(1, -1),
                  new Region.MapValue(wide.imm())),
              terms.constant(wide.nextImm()));
      case VARIABLE, CODE ->
          terms.symbol(
              Join.site(wide.imm(), wide.source() == WideSource.CODE ? 202 : 203),
              Bounds.ANY,
              new Region.Unknown());
    };
  }

  private void store(State state, Reg base, long offset, @Nullable Term value, int bytes) {
    Term pointer = state.register(base);
    if (value != null
        && value.region() instanceof Region.Stack
        && (pointer == null || !(pointer.region() instanceof Region.Stack))) {
      stackEscapes = true;
    }
    if (pointer == null) {
      state.forget(true);
      return;
    }
    Term address = terms.add(pointer, terms.constant(offset));
    if (address.region() instanceof Region.Stack && address.base() != framePointer) {
      state.forget(address.region());
      return;
    }
    state.store(
        address,
        value == null ? terms.symbol(Join.site(address.id(), 41), Bounds.ANY, null) : value,
        bytes,
        stackEscapes);
  }

  private void atomic(Line line, Atomic atomic, State state) {
    int bytes = atomic.width().bits() / 8;
    Term unknown = terms.symbol(Join.site(line.index(), 42), Bounds.ofWidth(8 * bytes), null);
    Term pointer = state.register(atomic.base());
    Term src = state.register(atomic.src());
    Term old = null;
    if (pointer != null) {
      old = state.load(terms.add(pointer, terms.constant(atomic.offset())), bytes);
    }
    Term r0 = state.register(R0);
    Term stored =
        old == null || src == null
            ? unknown
            : Meaning.atomic(
                terms, atomic.op(), atomic.width(), old, src, r0 == null ? terms.constant(0) : r0);
    store(state, atomic.base(), atomic.offset(), stored, bytes);
    if (atomic.op().fetches()) {
      set(state, atomic.result(), old == null ? unknown : old);
    }
  }

  private void packetLoad(Line line, MemSize size, State state) {
    clobberArguments(state);
    set(state, R0, terms.symbol(Join.site(line.index(), 43), Bounds.ofWidth(size.bits()), null));
  }

  private static void clobberArguments(State state) {
    Arrays.fill(state.registers, 1, 6, null);
  }

  private void callAnything(Line line, State state) {
    stackEscapes |= passesStack(state);
    state.forget(true);
    clobberArguments(state);
    set(state, R0, terms.symbol(Join.site(line.index(), 44), Bounds.ANY, null));
  }

  private static boolean passesStack(State state) {
    for (int r = 1; r <= 5; r++) {
      Term argument = state.registers[r];
      if (argument != null && argument.region() instanceof Region.Stack) {
        return true;
      }
    }
    return false;
  }

  private void call(Line line, int helper, State state) {
    HelperEffect effect = HelperEffect.of(helper);
    if (!effect.isKnown()) {
      callAnything(line, state);
      return;
    }
    int map =
        state.registers[1] != null && state.registers[1].region() instanceof Region.MapHandle handle
            ? handle.map()
            : -1;
    Region values = new Region.MapValue(map);
    Term result =
        helper == Helper.MAP_LOOKUP_ELEM.number()
            ? terms.symbol(Join.site(line.index(), 45), Bounds.ANY, values)
            : terms.symbol(Join.site(line.index(), 45), effect.result(), null);
    if (helper == Helper.MAP_LOOKUP_ELEM.number() && alwaysFinds(state, map)) {
      neverNull.add(result);
    }
    for (Span span : effect.writes()) {
      overwrite(line, state, span, map);
    }
    switch (effect.changes()) {
      case NOTHING -> {}
      case MAP -> state.forget(values);
      case PACKET -> {
        state.forget(new Region.Packet());
        state.forget(new Region.Context());
        state.inPacket = Map.of();
      }
      case EVERYTHING -> state.forget(true);
    }
    clobberArguments(state);
    set(state, R0, result);
  }

  private boolean alwaysFinds(State state, int map) {
    Term pointer = state.registers[2];
    if (map < 0 || map >= draft.maps().size() || pointer == null) {
      return false;
    }
    MapSpec spec = draft.maps().get(map);
    if ((spec.type() != MapType.ARRAY && spec.type() != MapType.PERCPU_ARRAY)
        || spec.keySize() != 4) {
      return false;
    }
    Term key = state.load(pointer, 4);
    return key != null
        && Long.compareUnsigned(state.bounds(key).max(), Integer.toUnsignedLong(spec.maxEntries()))
            < 0;
  }

  private void overwrite(Line line, State state, Span span, int map) {
    Term pointer = state.registers[span.register()];
    long length = length(state, span, map);
    if (pointer == null || pointer.region() == null || length < 0 || length > 512) {
      state.forget(true);
      return;
    }
    if (pointer.region() instanceof Region.Stack && pointer.base() != framePointer) {
      state.forget(pointer.region());
      return;
    }
    for (int i = 0; i < length; i++) {
      Term written = terms.symbol(Join.site(line.index(), 1000 + i), Bounds.ofWidth(8), null);
      state.store(terms.add(pointer, terms.constant(i)), written, 1, stackEscapes);
    }
  }

  /** Bytes of a span that a helper touches; −1 if unknown. */
  public long length(State state, Span span, int map) {
    boolean known = map >= 0 && map < draft.maps().size();
    return switch (span.length()) {
      case KeyOfMap _ -> known ? draft.maps().get(map).keySize() : -1;
      case ValueOfMap _ -> known ? draft.maps().get(map).valueSize() : -1;
      case InRegister(int register) -> {
        Term length = state.registers[register];
        long max = length == null ? -1 : state.bounds(length).max();
        yield max < 0 || max > 1 << 16 ? -1 : max;
      }
    };
  }

  /** Whether control can come to a line from elsewhere than the line before. */
  public boolean isLeader(Line line) {
    return leaders.get(line.index());
  }
}
