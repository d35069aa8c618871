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
import dev.scr.ebpf.meaning.Meaning;
import dev.scr.ebpf.object.MapSpec;
import dev.scr.ebpf.object.MapType;
import dev.scr.k2.analysis.HelperEffect.Span;
import dev.scr.k2.code.Line;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What instructions leave behind: changes a state to what is known after an instruction that
 * control falls through. What it has seen of the whole program by the way ({@link #stackEscapes},
 * {@link #isNeverNull}) it keeps. Owned by one thread.
 */
final class Transfer {
  private static final Reg R0 = Reg.R0;

  /** Longer spans than the stack are forgotten with everything else. */
  private static final int LONGEST_SPAN_BYTES = 512;

  private final Terms terms;
  private final Evaluation evaluation;
  private final List<MapSpec> maps;
  private final Term framePointer;

  /** Map look-ups that find a value whatever the state of the map. */
  private final Set<Term> neverNull = new HashSet<>();

  private boolean stackEscapes;

  Transfer(Terms terms, Evaluation evaluation, List<MapSpec> maps, Term framePointer) {
    this.terms = terms;
    this.evaluation = evaluation;
    this.maps = maps;
    this.framePointer = framePointer;
  }

  /** Whether a pointer into the stack may have been stored in memory or handed to a function. */
  boolean stackEscapes() {
    return stackEscapes;
  }

  /** Whether a value is the result of a look-up that always finds something. */
  boolean isNeverNull(Term term) {
    return neverNull.contains(term);
  }

  /** Executes an instruction that does not jump. */
  void execute(Line line, State state) {
    Instruction insn = line.insn();
    switch (insn) {
      case Alu alu -> set(state, alu.dst(), evaluation.computed(alu, state));
      case Swap(var op, Reg dst) -> {
        Term value = state.register(dst);
        set(state, dst, value == null ? null : Meaning.swap(terms, op, value));
      }
      case Load load -> set(state, load.dst(), evaluation.loaded(load, state));
      case LoadWide wide -> set(state, wide.dst(), evaluation.constant(wide));
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
    int map = state.mapIn(Reg.R1);
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
    if (map < 0 || map >= maps.size() || pointer == null) {
      return false;
    }
    MapSpec spec = maps.get(map);
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
    long length = span.bytes(state, maps, map);
    if (pointer == null || pointer.region() == null || length < 0 || length > LONGEST_SPAN_BYTES) {
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
}
