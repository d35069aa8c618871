package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Operand;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.Region;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.analysis.Terms;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Two stores to neighbouring bytes become one, at the place of the later or of the earlier one.
 * What it stores is a constant, a register that holds these bytes, or something that one
 * instruction computes, such as a wide load where two narrow loads were.
 */
final class StoreMerging implements Proposal {
  @Override
  public String name() {
    return "store-merging";
  }

  @Override
  public int possibilities(Draft draft) {
    return 2 * draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    // Possibility: twice the place of the later store, plus one for merging at the earlier one.
    for (int possibility = from; possibility < possibilities(draft); possibility++) {
      Line later = draft.line(possibility / 2);
      State state = scene.analysis().before(later);
      if (state == null || !(later.insn() instanceof Store)) {
        continue;
      }
      for (int at = later.index() - 1; at >= 0; at--) {
        if (scene.analysis().isLeader(draft.line(at + 1))
            || !draft.line(at).fallsThrough()
            || draft.line(at).isJump()) {
          break;
        }
        Line earlier = draft.line(at);
        if (earlier.insn() instanceof Store
            && new Pair(scene, earlier, later).merge(possibility % 2 == 1)) {
          return possibility;
        }
      }
    }
    return -1;
  }

  private static @Nullable Term address(Scene scene, State state, Store store) {
    Term base = state.register(store.base());
    return base == null || base.region() == null
        ? null
        : scene.analysis().terms().add(base, scene.analysis().terms().constant(store.offset()));
  }

  /** Two stores of one block. */
  private record Pair(Scene scene, Line earlier, Line later) {
    boolean merge(boolean atEarlier) {
      Store first = (Store) earlier.insn();
      Store second = (Store) later.insn();
      State before = scene.analysis().before(earlier);
      State after = scene.analysis().before(later);
      if (before == null || after == null) {
        return false;
      }
      Term a = address(scene, before, first);
      Term b = address(scene, after, second);
      if (a == null || b == null || a.base() != b.base()) {
        return false;
      }
      if (!movable(atEarlier, a, b)) {
        return false;
      }
      TreeMap<Long, Term> stored = new TreeMap<>();
      List<Term> one = bytes(before, first);
      List<Term> two = bytes(after, second);
      if (one.isEmpty() || two.isEmpty()) {
        return false;
      }
      for (int i = 0; i < one.size(); i++) {
        stored.put(a.offset() + i, one.get(i));
      }
      for (int i = 0; i < two.size(); i++) {
        stored.put(b.offset() + i, two.get(i));
      }
      return placeAnywhere(atEarlier, a.base(), stored);
    }

    /** Tries every place and size that cover both; bytes between keep what they are known to be. */
    private boolean placeAnywhere(boolean atEarlier, Term base, TreeMap<Long, Term> stored) {
      Line keep = atEarlier ? earlier : later;
      Line drop = atEarlier ? later : earlier;
      State state = scene.analysis().before(keep);
      long first = stored.firstKey();
      long last = stored.lastKey();
      for (MemSize size : List.of(MemSize.H, MemSize.W, MemSize.DW)) {
        for (long start = first; state != null && start > last - size.bytes(); start--) {
          Term low = scene.analysis().terms().add(base, scene.analysis().terms().constant(start));
          List<Term> bytes = new ArrayList<>();
          for (int i = 0; i < size.bytes(); i++) {
            Term there = stored.get(start + i);
            Term known = there != null ? there : known(state, keep, low, i);
            if (known != null) {
              bytes.add(known);
            }
          }
          if (bytes.size() == size.bytes() && place(keep, drop, low, size, bytes)) {
            return true;
          }
        }
      }
      return false;
    }

    /** What a byte between is, or anything if it will be overwritten before it is read. */
    private @Nullable Term known(State state, Line keep, Term low, int index) {
      Term address = scene.analysis().terms().add(low, scene.analysis().terms().constant(index));
      if (address.base() == scene.analysis().framePointer()
          && !scene.liveness().stackNeededAfter(keep, address.offset(), 1)) {
        return scene.analysis().terms().constant(0);
      }
      Term there = state.isStored(address) ? state.load(address, 1) : null;
      return there != null && there.isConstant() ? there : null;
    }

    private List<Term> bytes(State state, Store store) {
      Term value = state.value(store.src());
      List<Term> bytes = new ArrayList<>();
      for (int i = 0; value != null && i < store.size().bytes(); i++) {
        bytes.add(state.byteOf(value, i));
      }
      return bytes;
    }

    /** Whether nothing between the two minds if one of them happens at the other's place. */
    private boolean movable(boolean atEarlier, Term a, Term b) {
      Draft draft = scene.draft();
      for (int at = earlier.index() + 1; at < later.index(); at++) {
        Instruction insn = draft.line(at).insn();
        State state = scene.analysis().before(draft.line(at));
        Term moved = atEarlier ? b : a;
        int bytes = ((Store) (atEarlier ? later : earlier).insn()).size().bytes();
        boolean minds =
            switch (insn) {
              case Store store ->
                  state == null
                      || touches(address(scene, state, store), store.size(), moved, bytes);
              case Load load ->
                  state == null || touches(loadAddress(state, load), load.size(), moved, bytes);
              default -> Recompute.onlyWrites(insn) == null;
            };
        if (minds) {
          return false;
        }
      }
      return true;
    }

    private @Nullable Term loadAddress(State state, Load load) {
      Term base = state.register(load.base());
      return base == null || base.region() == null
          ? null
          : scene.analysis().terms().add(base, scene.analysis().terms().constant(load.offset()));
    }

    private static boolean touches(@Nullable Term other, MemSize size, Term moved, int bytes) {
      if (other == null) {
        return true;
      }
      if (other.base() == moved.base()) {
        return other.offset() < moved.offset() + bytes
            && moved.offset() < other.offset() + size.bytes();
      }
      Region x = other.region();
      Region y = moved.region();
      return x == null || y == null || Region.mayOverlap(x, y);
    }

    private boolean place(Line keep, Line drop, Term low, MemSize size, List<Term> bytes) {
      State state = scene.analysis().before(keep);
      if (state == null) {
        return false;
      }
      Reg base = baseFor(state, low);
      if (base == null
          || !Accesses.allowed(
              scene.draft(), scene.analysis(), state, low, size.bytes(), scene.options())) {
        return false;
      }
      Term baseValue = state.register(base);
      short offset = (short) (low.offset() - (baseValue == null ? 0 : baseValue.offset()));
      List<Line> lines = new ArrayList<>();
      Operand source = source(state, keep, drop, base, bytes, lines);
      if (source == null) {
        return false;
      }
      lines.add(new Line(new Store(size, base, offset, source)));
      Draft draft = scene.draft();
      draft.replace(keep.index(), keep.index() + 1, lines);
      draft.delete(drop);
      return true;
    }

    private static @Nullable Reg baseFor(State state, Term low) {
      for (int r = Reg.COUNT - 1; r >= 0; r--) {
        Term value = state.registers(r);
        if (value != null && value.base() == low.base()) {
          long offset = low.offset() - value.offset();
          if (offset == (short) offset) {
            return Reg.of(r);
          }
        }
      }
      return null;
    }

    private @Nullable Operand source(
        State state, Line keep, Line drop, Reg base, List<Term> bytes, List<Line> lines) {
      Terms terms = scene.analysis().terms();
      Term whole = terms.constant(0);
      for (int i = 0; i < bytes.size(); i++) {
        whole = terms.or(whole, terms.shiftLeft(bytes.get(i), terms.constant(8L * i)));
      }
      if (whole.isConstant()) {
        long value = whole.value();
        boolean fits = bytes.size() < 8 || value == (int) value;
        if (fits) {
          return new Imm((int) value);
        }
      }
      for (int r = 0; r < Reg.COUNT; r++) {
        Term value = state.registers(r);
        if (value != null && terms.zeroExtend(value, 8 * bytes.size()) == whole) {
          return Reg.of(r);
        }
      }
      Optional<Reg> scratch = Scratch.after(scene, keep, candidates(keep, drop));
      if (scratch.isEmpty() || scratch.get().equals(base)) {
        return null;
      }
      for (Instruction insn : new OneInstruction(scene, state).computing(whole, scratch.get())) {
        if (!(insn instanceof Instruction.Alu)) {
          lines.add(new Line(insn));
          return scratch.get();
        }
      }
      return null;
    }

    private static List<Reg> candidates(Line keep, Line drop) {
      List<Reg> regs = new ArrayList<>();
      if (keep.insn() instanceof Store store && store.src() instanceof Reg reg) {
        regs.add(reg);
      }
      if (drop.insn() instanceof Store store && store.src() instanceof Reg reg) {
        regs.add(reg);
      }
      return regs;
    }
  }
}
