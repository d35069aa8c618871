package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction.Atomic;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import org.jspecify.annotations.Nullable;

/**
 * What the lines of a draft access, and which of them must keep their order. Valid until the draft
 * is changed. Owned by one thread.
 */
final class DraftAccesses {
  /**
   * An access to memory.
   *
   * @param base the pointer without its constant offset
   * @param offset bytes from it
   */
  record Access(Term base, long offset, int bytes, boolean store) {
    boolean isNear(Access other) {
      return base == other.base
          && store == other.store
          && Math.abs(offset - other.offset) < Long.BYTES;
    }
  }

  private final Draft draft;
  private final Analysis analysis;

  DraftAccesses(Draft draft, Analysis analysis) {
    this.draft = draft;
    this.analysis = analysis;
  }

  /** Whether two lines must keep their order. */
  boolean conflict(int first, int second) {
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
    Access a = of(first);
    Access b = of(second);
    if (a == null || b == null) {
      return true;
    }
    if (a.base == b.base) {
      return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
    }
    return mayOverlap(a.base, b.base);
  }

  /** What a line accesses; null if nothing, or if its place is not known. */
  @Nullable Access of(int at) {
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

  /** Whether bytes that are reached from two bases may be the same. */
  static boolean mayOverlap(Term a, Term b) {
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
}
