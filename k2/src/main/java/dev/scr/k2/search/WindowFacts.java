package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Bounds;
import dev.scr.k2.analysis.Liveness;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.proof.Postcondition;
import dev.scr.k2.proof.Postcondition.DeadBytes;
import dev.scr.k2.proof.Precondition;
import dev.scr.k2.proof.Precondition.Accessible;
import dev.scr.k2.proof.Precondition.KnownValue;
import dev.scr.k2.proof.Region;
import dev.scr.k2.proof.ValueFact;
import dev.scr.k2.search.DraftAccesses.Access;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds the window for one choice of lines: what the analysis knows where it begins, and what is
 * needed where it ends. For one use, by one thread.
 */
final class WindowFacts {
  private static final int STACK_BYTES = 512;

  /** How far from what the window touches a candidate may reach. */
  private static final int REACH = 16;

  private final Draft draft;
  private final Analysis analysis;
  private final Liveness liveness;
  private final DraftAccesses draftAccesses;
  private final int[] readLater;
  private final WindowLines lines;
  private final State state;

  /** Names of regions by the term of their base. */
  private final Map<Term, Region> regions = new HashMap<>();

  private final Map<Term, int[]> hulls = new HashMap<>();
  private final List<Access> accesses = new ArrayList<>();

  /**
   * @param readLater by line: bit set of registers that are read behind it
   */
  WindowFacts(
      Draft draft,
      Analysis analysis,
      Liveness liveness,
      DraftAccesses draftAccesses,
      int[] readLater,
      WindowLines lines) {
    this.draft = draft;
    this.analysis = analysis;
    this.liveness = liveness;
    this.draftAccesses = draftAccesses;
    this.readLater = readLater;
    this.lines = lines;
    this.state = Objects.requireNonNull(analysis.before(draft.line(lines.from())));
  }

  /** The window; empty if its accesses may overlap in ways that are not known. */
  Optional<WindowSite> site() {
    List<Instruction> code = new ArrayList<>();
    for (int at = lines.members().nextSetBit(0); at >= 0; at = lines.members().nextSetBit(at + 1)) {
      Instruction insn = draft.line(at).insn();
      code.add(insn);
      if (insn instanceof Load || insn instanceof Store || insn instanceof Atomic) {
        Access access = draftAccesses.of(at);
        if (access == null || !note(access)) {
          return Optional.empty();
        }
      }
    }
    List<ValueFact> facts = new ArrayList<>();
    Map<Term, Integer> holders = new HashMap<>();
    for (int r = 0; r < Reg.COUNT; r++) {
      facts.add(fact(r, holders));
    }
    Precondition before = new Precondition(facts, accessible(), known());
    Postcondition after = new Postcondition(liveBits(), dead());
    return Optional.of(
        new WindowSite(
            new Window(code, before, after),
            lines.from(),
            lines.to(),
            lines.earlier(),
            lines.later()));
  }

  /** Notes an access; false if it might overlap another one through another pointer. */
  private boolean note(Access access) {
    for (Access other : accesses) {
      if (other.base() != access.base()
          && (other.store() || access.store())
          && DraftAccesses.mayOverlap(other.base(), access.base())) {
        return false;
      }
    }
    accesses.add(access);
    int[] hull =
        hulls.computeIfAbsent(access.base(), _ -> new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE});
    if (access.offset() != (short) access.offset()) {
      return false;
    }
    hull[0] = Math.min(hull[0], (int) access.offset());
    hull[1] = Math.max(hull[1], (int) access.offset() + access.bytes());
    // Other parts of the frame through a pointer of unknown place.
    return !(access.base().region() instanceof dev.scr.k2.analysis.Region.Stack)
        || access.base() == analysis.framePointer();
  }

  private ValueFact fact(int register, Map<Term, Integer> holders) {
    Term term = termBefore(register);
    if (term == null) {
      return new ValueFact.Unusable();
    }
    if (term.region() == null) {
      Integer holder = holders.putIfAbsent(term, register);
      return holder != null && !state.bounds(term).isConstant()
          ? new ValueFact.SameAs(Reg.of(holder))
          : scalar(state.bounds(term));
    }
    return new ValueFact.Pointer(region(term.base()), term.offset());
  }

  private static ValueFact.Scalar scalar(Bounds bounds) {
    long known = bounds.zeros() | bounds.ones();
    return bounds.isConstant()
        ? ValueFact.Scalar.constant(bounds.min())
        : new ValueFact.Scalar(
            bounds.ones(), ~known, bounds.min(), bounds.max(), bounds.smin(), bounds.smax());
  }

  /** A register where the window begins: after the lines in front of it. */
  private @Nullable Term termBefore(int register) {
    for (int i = lines.earlier().size() - 1; i >= 0; i--) {
      int at = lines.earlier().get(i);
      if ((Effects.of(draft, at).writes() >> register & 1) != 0) {
        State after = analysis.before(draft.line(at + 1));
        return after == null ? null : after.register(Reg.of(register));
      }
    }
    return state.register(Reg.of(register));
  }

  private Region region(Term base) {
    Region known = regions.get(base);
    if (known != null) {
      return known;
    }
    Region.Kind kind =
        switch (base.region()) {
          case dev.scr.k2.analysis.Region.Stack _ -> Region.Kind.STACK;
          case dev.scr.k2.analysis.Region.Context _ -> Region.Kind.CONTEXT;
          case dev.scr.k2.analysis.Region.Packet _ -> Region.Kind.PACKET;
          case dev.scr.k2.analysis.Region.MapValue _ -> Region.Kind.MAP_VALUE;
          case null, default -> Region.Kind.OTHER;
        };
    Region made;
    if (base == analysis.framePointer()) {
      made = Region.STACK;
    } else {
      // Stack memory at an unknown place is handed around, not accessed.
      Region.Kind safe = kind == Region.Kind.STACK ? Region.Kind.OTHER : kind;
      made = new Region(safe, "m" + regions.size());
    }
    regions.put(base, made);
    return made;
  }

  private List<Accessible> accessible() {
    List<Accessible> list = new ArrayList<>();
    for (Term base : inOrder()) {
      int[] hull = Objects.requireNonNull(hulls.get(base));
      switch (base.region()) {
        case dev.scr.k2.analysis.Region.Packet _ -> {
          boolean writable = draft.type() == ProgramType.XDP || draft.type() == ProgramType.TC;
          add(list, base, hull, 0, state.bytesInPacket(base), writable);
        }
        case dev.scr.k2.analysis.Region.MapValue(int map) when map >= 0 ->
            add(list, base, hull, 0, draft.maps().get(map).valueSize(), true);
        case dev.scr.k2.analysis.Region.Stack _ -> stackAccessible(list, hull);
        case null, default -> {}
      }
    }
    return list;
  }

  private List<Term> inOrder() {
    return hulls.keySet().stream().sorted(Comparator.comparingInt(Term::id)).toList();
  }

  private void add(
      List<Accessible> list, Term base, int[] hull, long from, long to, boolean writable) {
    long first = Math.max(from, hull[0] - REACH);
    long end = Math.min(to, hull[1] + REACH);
    if (first < end) {
      list.add(new Accessible(region(base), first, end, writable));
    }
  }

  /** Bytes of the frame that were stored before; of the others, those that nobody needs. */
  private void stackAccessible(List<Accessible> list, int[] hull) {
    boolean settled =
        lines.earlier().stream().noneMatch(at -> Effects.of(draft, at).writesMemory());
    long first = Math.max(-STACK_BYTES, hull[0] - REACH);
    long end = Math.min(0, hull[1] + REACH);
    for (long at = first; settled && at < end; at++) {
      if (storedBefore(at)) {
        list.add(new Accessible(Region.STACK, at, at + 1, !stackNeeded(at)));
      }
    }
  }

  private boolean storedBefore(long offset) {
    Term address = analysis.terms().add(analysis.framePointer(), analysis.terms().constant(offset));
    Term value = state.load(address, 1);
    return value != null && value.op() != Term.Op.LOAD && !analysis.stackEscapes();
  }

  private boolean stackNeeded(long offset) {
    return laterTouchesStack() || liveness.stackNeededAfter(draft.line(lines.last()), offset, 1);
  }

  private boolean laterTouchesStack() {
    for (int at : lines.later()) {
      Effects effects = Effects.of(draft, at);
      if (effects.readsMemory()) {
        Access access = draftAccesses.of(at);
        if (access == null
            || access.base().region() instanceof dev.scr.k2.analysis.Region.Stack
            || access.base().region() instanceof dev.scr.k2.analysis.Region.Unknown) {
          return true;
        }
      }
    }
    return false;
  }

  /** Numbers and pointers in the frame that the window reads. */
  private List<KnownValue> known() {
    List<KnownValue> list = new ArrayList<>();
    boolean settled =
        lines.earlier().stream().noneMatch(at -> Effects.of(draft, at).writesMemory());
    for (int at = lines.members().nextSetBit(0);
        settled && at >= 0;
        at = lines.members().nextSetBit(at + 1)) {
      if (!(draft.line(at).insn() instanceof Load load) || load.signed()) {
        continue;
      }
      Access access = draftAccesses.of(at);
      if (access == null || access.base() != analysis.framePointer()) {
        continue;
      }
      Term address =
          analysis.terms().add(analysis.framePointer(), analysis.terms().constant(access.offset()));
      Term value = state.load(address, access.bytes());
      if (value == null) {
        continue;
      }
      boolean pointer = value.region() != null;
      if (pointer && access.bytes() == 8) {
        list.add(
            new KnownValue(
                Region.STACK,
                access.offset(),
                MemSize.DW,
                new ValueFact.Pointer(region(value.base()), value.offset())));
      } else if (!pointer && state.bounds(value).isConstant()) {
        list.add(
            new KnownValue(
                Region.STACK, access.offset(), load.size(), scalar(state.bounds(value))));
      }
    }
    return list.stream().distinct().toList();
  }

  private List<Long> liveBits() {
    List<Long> bits = new ArrayList<>();
    for (int r = 0; r < Reg.COUNT; r++) {
      bits.add(r == 10 ? 0L : liveBits(r));
    }
    return bits;
  }

  private long liveBits(int register) {
    for (int at : lines.later()) {
      Effects effects = Effects.of(draft, at);
      if ((effects.reads() >> register & 1) != 0) {
        return -1;
      }
      if ((effects.writes() >> register & 1) != 0) {
        return 0;
      }
    }
    long bits = liveness.neededAfter(draft.line(lines.last()), Reg.of(register));
    boolean read = (readLater[lines.last()] >> register & 1) != 0;
    // Read, although no bit of it matters: it has to stay the number or pointer that it is.
    return bits == 0 && read ? -1 : bits;
  }

  private List<DeadBytes> dead() {
    List<DeadBytes> list = new ArrayList<>();
    int[] hull = hulls.get(analysis.framePointer());
    if (hull == null) {
      return list;
    }
    long end = Math.min(0, hull[1] + REACH);
    for (long at = Math.max(-STACK_BYTES, hull[0] - REACH); at < end; at++) {
      if (!stackNeeded(at)) {
        list.add(new DeadBytes(Region.STACK, at, at + 1));
      }
    }
    return list;
  }
}
