package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.CallHelper;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.WideSource;
import dev.scr.ebpf.object.ProgramType;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Bounds;
import dev.scr.k2.analysis.Liveness;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import dev.scr.k2.proof.Postcondition;
import dev.scr.k2.proof.Postcondition.DeadBytes;
import dev.scr.k2.proof.Precondition;
import dev.scr.k2.proof.Precondition.Accessible;
import dev.scr.k2.proof.Precondition.KnownValue;
import dev.scr.k2.proof.Region;
import dev.scr.k2.proof.ValueFact;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds windows in a draft: runs of lines, and slices along dependencies whose other lines can be
 * moved out of the way. A call is never part of a window, but a window may reach across one. Valid
 * until the draft is changed. Owned by one thread.
 */
public final class WindowFinder {
  private static final int STACK_BYTES = 512;
  private static final int REACH = 16;

  private final Draft draft;
  private final Analysis analysis;
  private final Liveness liveness;
  private final BitSet leaders;
  private final int[] readLater;

  /** Finds windows in a draft of which the analyses are given. */
  public WindowFinder(Draft draft, Analysis analysis, Liveness liveness) {
    this.draft = draft;
    this.analysis = analysis;
    this.liveness = liveness;
    this.leaders = draft.leaders();
    this.readLater = Effects.readAfter(draft);
  }

  /** Runs of lines next to each other, the short ones first. */
  public List<WindowSite> runs(int shortest, int longest) {
    List<WindowSite> found = new ArrayList<>();
    for (int length = shortest; length <= longest; length++) {
      for (int from = 0; from + length <= draft.size(); from++) {
        BitSet members = new BitSet();
        members.set(from, from + length);
        if (inOneBlock(from, from + length)) {
          site(members).ifPresent(found::add);
        }
      }
    }
    return found;
  }

  /** The first run of at most so many lines that begins at a line or behind it. */
  public Optional<WindowSite> runFrom(int line, int longest) {
    for (int from = line; from < draft.size(); from++) {
      for (int length = Math.min(longest, draft.size() - from); length > 0; length--) {
        BitSet members = new BitSet();
        members.set(from, from + length);
        Optional<WindowSite> site = site(members);
        if (site.isPresent()) {
          return site;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Lines of a block that have to do with each other, around each line, of several sizes: one makes
   * what the other uses, or both access bytes near each other. Those that are runs are left out.
   */
  public List<WindowSite> slices(int smallest, int largest) {
    Set<BitSet> seen = new LinkedHashSet<>();
    for (int root = 0; root < draft.size(); root++) {
      if (member(root)) {
        grow(root, smallest, largest, seen, true);
        grow(root, smallest, largest, seen, false);
      }
    }
    List<WindowSite> found = new ArrayList<>();
    seen.forEach(slice -> site(slice).ifPresent(found::add));
    found.sort(Comparator.comparingInt((WindowSite s) -> s.window().code().size()));
    return found;
  }

  private void grow(int root, int smallest, int largest, Set<BitSet> seen, boolean onlyBack) {
    BitSet slice = new BitSet();
    slice.set(root);
    int start = blockStart(root);
    int end = onlyBack ? root : blockEnd(root);
    while (slice.cardinality() < largest) {
      int next = nearestRelative(slice, root, start, end);
      if (next < 0) {
        return;
      }
      slice.set(next);
      if (slice.cardinality() >= smallest && !isRun(slice)) {
        seen.add((BitSet) slice.clone());
      }
    }
  }

  /** The line nearest to the root that has to do with a line of the slice. */
  private int nearestRelative(BitSet slice, int root, int start, int end) {
    for (int distance = 1; distance <= Math.max(root - start, end - root); distance++) {
      int before = root - distance;
      if (before >= start && !slice.get(before) && member(before) && related(before, slice)) {
        return before;
      }
      int behind = root + distance;
      if (behind <= end && !slice.get(behind) && member(behind) && related(behind, slice)) {
        return behind;
      }
    }
    return -1;
  }

  private boolean related(int at, BitSet slice) {
    for (int m = slice.nextSetBit(0); m >= 0; m = slice.nextSetBit(m + 1)) {
      int first = Math.min(at, m);
      int second = Math.max(at, m);
      if (uses(first, second) || near(first, second)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the second line uses a register as the first one leaves it. */
  private boolean uses(int first, int second) {
    int common = Effects.of(draft, first).writes() & Effects.of(draft, second).reads();
    for (int at = first + 1; at < second && common != 0; at++) {
      common &= ~Effects.of(draft, at).writes();
    }
    return common != 0;
  }

  private boolean near(int first, int second) {
    Access a = access(first);
    Access b = access(second);
    return a != null
        && b != null
        && a.base == b.base
        && a.store == b.store
        && Math.abs(a.offset - b.offset) < 8;
  }

  private int blockEnd(int at) {
    int end = at;
    while (end + 1 < draft.size() && straight(draft.line(end + 1)) && !leaders.get(end + 1)) {
      end++;
    }
    return end;
  }

  /**
   * All moves between memory and registers of each block that can stand together, with what
   * prepares their values: copies, swaps, byte ladders; the large ones first.
   */
  public List<WindowSite> memoryMoves(int largest) {
    List<WindowSite> found = new ArrayList<>();
    Set<BitSet> seen = new LinkedHashSet<>();
    for (int from = 0; from < draft.size(); from++) {
      if (!member(from) || !ByteShuffle.isMove(draft.line(from).insn())) {
        continue;
      }
      BitSet members = new BitSet();
      for (int at = from; at < draft.size() && inOneBlock(from, at + 1); at++) {
        if (member(at) && ByteShuffle.isMove(draft.line(at).insn())) {
          members.set(at);
          boolean store = draft.line(at).insn() instanceof Store;
          if (store && members.cardinality() >= 3 && seen.add((BitSet) members.clone())) {
            Optional<WindowSite> site = site(members);
            site.ifPresent(found::add);
          }
        }
        if (members.cardinality() >= largest) {
          break;
        }
      }
    }
    found.sort(Comparator.comparingInt((WindowSite s) -> -s.window().code().size()));
    return found;
  }

  private static boolean isRun(BitSet members) {
    return members.length() - members.nextSetBit(0) == members.cardinality();
  }

  private boolean inOneBlock(int from, int to) {
    for (int at = from; at < to; at++) {
      if ((at > from && leaders.get(at)) || !straight(draft.line(at))) {
        return false;
      }
    }
    return true;
  }

  /** Whether control goes on with the next line and comes back from calls. */
  private static boolean straight(Line line) {
    return switch (line.insn()) {
      case Instruction.Jump _, Instruction.Branch _, Instruction.Exit _ -> false;
      case Instruction.LoadAbsolute _, Instruction.LoadIndirect _ -> false;
      // A tail call that succeeds does not come back.
      case CallHelper(int helper) -> helper != 12;
      default -> true;
    };
  }

  private int blockStart(int at) {
    int start = at;
    while (start > 0 && !leaders.get(start) && straight(draft.line(start - 1))) {
      start--;
    }
    return start;
  }

  /** Whether a line may be part of a window. */
  private boolean member(int at) {
    Instruction insn = draft.line(at).insn();
    State state = analysis.before(draft.line(at));
    if (state == null || !Step.possible(insn)) {
      return false;
    }
    if (insn instanceof Load load) {
      Term base = state.register(load.base());
      // The kernel turns some context fields into pointers.
      return base != null && !contextPointer(load, state, base) && base.region() != null;
    }
    return !(insn instanceof LoadWide wide) || wide.source() == WideSource.CONSTANT;
  }

  private boolean contextPointer(Load load, State state, Term base) {
    if (!(base.region() instanceof dev.scr.k2.analysis.Region.Context)) {
      return false;
    }
    Term loaded = analysis.loaded(load, state);
    return loaded == null || loaded.region() != null;
  }

  // ---- from lines to a window

  private Optional<WindowSite> site(BitSet members) {
    int from = members.nextSetBit(0);
    int to = members.length();
    if (!inOneBlock(from, to)) {
      return Optional.empty();
    }
    for (int at = from; at < to; at++) {
      if (analysis.before(draft.line(at)) == null || (members.get(at) && !member(at))) {
        return Optional.empty();
      }
    }
    List<Integer> earlier = new ArrayList<>();
    List<Integer> later = new ArrayList<>();
    for (int at = from; at < to; at++) {
      if (members.get(at)) {
        for (int other : later) {
          if (conflict(other, at)) {
            return Optional.empty();
          }
        }
        continue;
      }
      if (dependsOnAny(at, members, from) || dependsOnAny(at, later)) {
        later.add(at);
      } else {
        earlier.add(at);
      }
    }
    return new Facts(members, from, to, earlier, later).site();
  }

  private boolean dependsOnAny(int at, BitSet members, int from) {
    for (int m = members.nextSetBit(from); m >= 0 && m < at; m = members.nextSetBit(m + 1)) {
      if (conflict(m, at)) {
        return true;
      }
    }
    return false;
  }

  private boolean dependsOnAny(int at, List<Integer> others) {
    return others.stream().anyMatch(other -> conflict(other, at));
  }

  /** Whether two lines must keep their order. */
  private boolean conflict(int first, int second) {
    Effects a = Effects.of(draft, first);
    Effects b = Effects.of(draft, second);
    if ((a.writes() & (b.reads() | b.writes())) != 0 || (a.reads() & b.writes()) != 0) {
      return true;
    }
    boolean memory =
        (a.writesMemory() && (b.readsMemory() || b.writesMemory()))
            || (a.readsMemory() && b.writesMemory());
    return memory && mayTouchTheSame(first, second);
  }

  private boolean mayTouchTheSame(int first, int second) {
    Access a = access(first);
    Access b = access(second);
    if (a == null || b == null) {
      return true;
    }
    if (a.base == b.base) {
      return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
    }
    return mayOverlap(a.base, b.base);
  }

  private record Access(Term base, long offset, int bytes, boolean store) {}

  private @Nullable Access access(int at) {
    State state = analysis.before(draft.line(at));
    if (state == null) {
      return null;
    }
    return switch (draft.line(at).insn()) {
      case Load(MemSize size, boolean _, Reg _, Reg base, short offset) ->
          access(state, base, offset, size.bytes(), false);
      case Store(MemSize size, Reg base, short offset, var _) ->
          access(state, base, offset, size.bytes(), true);
      case Atomic atomic ->
          access(state, atomic.base(), atomic.offset(), atomic.width().bits() / 8, true);
      default -> null;
    };
  }

  private static @Nullable Access access(
      State state, Reg base, short offset, int bytes, boolean store) {
    Term term = state.register(base);
    return term == null || term.region() == null
        ? null
        : new Access(term.base(), term.offset() + offset, bytes, store);
  }

  private static boolean mayOverlap(Term a, Term b) {
    var x = a.region();
    var y = b.region();
    if (x == null || y == null) {
      return true;
    }
    if (x instanceof dev.scr.k2.analysis.Region.Unknown
        || y instanceof dev.scr.k2.analysis.Region.Unknown) {
      return true;
    }
    return x.getClass() == y.getClass();
  }

  /** Builds the window for one choice of lines. */
  private final class Facts {
    private final BitSet members;
    private final int from;
    private final int to;
    private final List<Integer> earlier;
    private final List<Integer> later;
    private final State state;

    /** Names of regions by the term of their base. */
    private final Map<Term, Region> regions = new HashMap<>();

    private final Map<Term, int[]> hulls = new HashMap<>();
    private final List<Access> accesses = new ArrayList<>();

    Facts(BitSet members, int from, int to, List<Integer> earlier, List<Integer> later) {
      this.members = members;
      this.from = from;
      this.to = to;
      this.earlier = earlier;
      this.later = later;
      this.state = Objects.requireNonNull(analysis.before(draft.line(from)));
    }

    Optional<WindowSite> site() {
      List<Instruction> code = new ArrayList<>();
      for (int at = members.nextSetBit(0); at >= 0; at = members.nextSetBit(at + 1)) {
        Instruction insn = draft.line(at).insn();
        code.add(insn);
        if (insn instanceof Load || insn instanceof Store || insn instanceof Atomic) {
          Access access = access(at);
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
      return Optional.of(new WindowSite(new Window(code, before, after), from, to, earlier, later));
    }

    /** Notes an access; false if it might overlap another one through another pointer. */
    private boolean note(Access access) {
      for (Access other : accesses) {
        if (other.base != access.base
            && (other.store || access.store)
            && mayOverlap(other.base, access.base)) {
          return false;
        }
      }
      accesses.add(access);
      int[] hull =
          hulls.computeIfAbsent(access.base, _ -> new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE});
      if (access.offset != (short) access.offset) {
        return false;
      }
      hull[0] = Math.min(hull[0], (int) access.offset);
      hull[1] = Math.max(hull[1], (int) access.offset + access.bytes);
      // Other parts of the frame through a pointer of unknown place.
      return !(access.base.region() instanceof dev.scr.k2.analysis.Region.Stack)
          || access.base == analysis.framePointer();
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
      for (int i = earlier.size() - 1; i >= 0; i--) {
        int at = earlier.get(i);
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
      boolean settled = earlier.stream().noneMatch(at -> Effects.of(draft, at).writesMemory());
      long first = Math.max(-STACK_BYTES, hull[0] - REACH);
      long end = Math.min(0, hull[1] + REACH);
      for (long at = first; settled && at < end; at++) {
        if (storedBefore(at)) {
          list.add(new Accessible(Region.STACK, at, at + 1, !stackNeeded(at)));
        }
      }
    }

    private boolean storedBefore(long offset) {
      Term address =
          analysis.terms().add(analysis.framePointer(), analysis.terms().constant(offset));
      Term value = state.load(address, 1);
      return value != null && value.op() != Term.Op.LOAD && !analysis.stackEscapes();
    }

    private boolean stackNeeded(long offset) {
      return laterTouchesStack() || liveness.stackNeededAfter(draft.line(to - 1), offset, 1);
    }

    private boolean laterTouchesStack() {
      for (int at : later) {
        Effects effects = Effects.of(draft, at);
        if (effects.readsMemory()) {
          Access access = access(at);
          if (access == null
              || access.base.region() instanceof dev.scr.k2.analysis.Region.Stack
              || access.base.region() instanceof dev.scr.k2.analysis.Region.Unknown) {
            return true;
          }
        }
      }
      return false;
    }

    /** Numbers and pointers in the frame that the window reads. */
    private List<KnownValue> known() {
      List<KnownValue> list = new ArrayList<>();
      boolean settled = earlier.stream().noneMatch(at -> Effects.of(draft, at).writesMemory());
      for (int at = members.nextSetBit(0); settled && at >= 0; at = members.nextSetBit(at + 1)) {
        if (!(draft.line(at).insn() instanceof Load load) || load.signed()) {
          continue;
        }
        Access access = access(at);
        if (access == null || access.base != analysis.framePointer()) {
          continue;
        }
        Term address =
            analysis.terms().add(analysis.framePointer(), analysis.terms().constant(access.offset));
        Term value = state.load(address, access.bytes);
        if (value == null) {
          continue;
        }
        boolean pointer = value.region() != null;
        if (pointer && access.bytes == 8) {
          list.add(
              new KnownValue(
                  Region.STACK,
                  access.offset,
                  MemSize.DW,
                  new ValueFact.Pointer(region(value.base()), value.offset())));
        } else if (!pointer && state.bounds(value).isConstant()) {
          list.add(
              new KnownValue(
                  Region.STACK, access.offset, load.size(), scalar(state.bounds(value))));
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
      for (int at : later) {
        Effects effects = Effects.of(draft, at);
        if ((effects.reads() >> register & 1) != 0) {
          return -1;
        }
        if ((effects.writes() >> register & 1) != 0) {
          return 0;
        }
      }
      long bits = liveness.neededAfter(draft.line(to - 1), Reg.of(register));
      boolean read = (readLater[to - 1] >> register & 1) != 0;
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
}
