package dev.scr.k2.rewrite;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.analysis.Region;
import dev.scr.k2.analysis.State;
import dev.scr.k2.analysis.Term;
import dev.scr.k2.code.Draft;
import dev.scr.k2.code.Line;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a run of stores that only move bytes from memory to memory anew: copies and swaps of
 * addresses, with as few and as wide accesses as {@link ByteMoves} finds. The loads come first, at
 * the end of the run, when nothing has been stored yet.
 */
final class MemoryMoves implements Proposal {
  private static final int MAX_BYTES = 64;

  @Override
  public String name() {
    return "memory-moves";
  }

  @Override
  public int possibilities(Draft draft) {
    return draft.size();
  }

  @Override
  public int propose(Scene scene, int from) {
    Draft draft = scene.draft();
    for (int at = from; at < draft.size(); at++) {
      if (draft.line(at).insn() instanceof Store && new Run(scene, at).remake()) {
        return at;
      }
    }
    return -1;
  }

  /** Stores through one base in a piece of a block, beginning with the store at a place. */
  private static final class Run {
    private final Scene scene;
    private final Draft draft;
    private final int first;
    private final BitSet stores = new BitSet();
    private final TreeMap<Long, Term> bytes = new TreeMap<>();
    private @Nullable Term base;

    Run(Scene scene, int first) {
      this.scene = scene;
      this.draft = scene.draft();
      this.first = first;
    }

    boolean remake() {
      State start = scene.analysis().before(draft.line(first));
      if (start == null || !collect()) {
        return false;
      }
      int last = stores.length() - 1;
      Line lastStore = draft.line(last);
      State state = scene.analysis().before(lastStore);
      if (state == null || stores.cardinality() < 2 || bytes.size() > MAX_BYTES) {
        return false;
      }
      // Until the first store the base's memory is what it is at the start; with the stores gone it
      // is the same where the new loads stand.
      State untouched = state.withMemoryOf(start);
      Map<Long, ByteMoves.Source> sources = new TreeMap<>();
      for (Map.Entry<Long, Term> one : bytes.entrySet()) {
        ByteMoves.Source source = source(untouched, one.getValue());
        if (source == null) {
          return false;
        }
        sources.put(one.getKey(), source);
      }
      Optional<ByteMoves.Plan> plan =
          ByteMoves.plan(sources, new Rules(untouched), stores.cardinality() + freedLoads());
      if (plan.isEmpty()) {
        return false;
      }
      List<Line> lines = emit(untouched, lastStore, plan.get());
      if (lines.isEmpty()) {
        return false;
      }
      stores.clear(last);
      draft.replace(last, last + 1, lines);
      draft.deleteAll(stores);
      return true;
    }

    /** Loads of the run that may become superfluous: at most this many. */
    private int freedLoads() {
      int loads = 0;
      for (int at = Math.max(0, first - 4); at < stores.length(); at++) {
        if (draft.line(at).insn() instanceof Load) {
          loads++;
        }
      }
      return loads;
    }

    /**
     * Goes on from the first store as long as only loads, arithmetic and stores to the base come.
     */
    private boolean collect() {
      for (int at = first; at < draft.size(); at++) {
        Line line = draft.line(at);
        State state = scene.analysis().before(line);
        if (state == null || (at > first && scene.analysis().isLeader(line))) {
          break;
        }
        if (line.insn() instanceof Store store) {
          if (!add(state, at, store)) {
            break;
          }
        } else if (line.insn() instanceof Load load) {
          if (readsStored(state, load)) {
            break;
          }
        } else if (Recompute.onlyWrites(line.insn()) == null) {
          break;
        }
      }
      return base != null;
    }

    private boolean add(State state, int at, Store store) {
      Term pointer = state.register(store.base());
      Term value = state.value(store.src());
      if (pointer == null
          || value == null
          || pointer.region() == null
          || (base != null && pointer.base() != base)) {
        return false;
      }
      base = pointer.base();
      for (int i = 0; i < store.size().bytes(); i++) {
        bytes.put(pointer.offset() + store.offset() + i, state.byteOf(value, i));
      }
      stores.set(at);
      return true;
    }

    private boolean readsStored(State state, Load load) {
      Term pointer = state.register(load.base());
      Region from = pointer == null ? null : pointer.region();
      Region to = base == null ? null : base.region();
      if (pointer == null || from == null || to == null) {
        return true;
      }
      if (pointer.base() != base) {
        return Region.mayOverlap(from, to);
      }
      long at = pointer.offset() + load.offset();
      return !bytes.subMap(at, at + load.size().bytes()).isEmpty();
    }

    /** Where a byte comes from: a place in memory that still has it, or a constant. */
    private ByteMoves.@Nullable Source source(State state, Term one) {
      if (one.isConstant()) {
        return new ByteMoves.Constant((byte) one.value());
      }
      if (one.op() == Term.Op.LOAD
          && one.value() == 1
          && one.a().region() != null
          && state.load(one.a(), 1) == one) {
        return new ByteMoves.InMemory(one.a().base(), one.a().offset());
      }
      Term found = stackByte(state, one);
      return found == null ? null : new ByteMoves.InMemory(found.base(), found.offset());
    }

    /** A place of the stack that holds a byte which did not come from a load. */
    private @Nullable Term stackByte(State state, Term one) {
      Term frame = scene.analysis().framePointer();
      for (long offset = -512; offset < 0; offset++) {
        Term address =
            scene.analysis().terms().add(frame, scene.analysis().terms().constant(offset));
        if (state.isStored(address) && state.load(address, 1) == one) {
          return address;
        }
      }
      return null;
    }

    private List<Line> emit(State state, Line lastStore, ByteMoves.Plan plan) {
      List<Reg> free = free(lastStore);
      List<Line> lines = new ArrayList<>();
      Reg to = register(state, Objects.requireNonNull(base));
      if (to == null) {
        return List.of();
      }
      long toOffset = offset(state, to);
      List<Reg> values = new ArrayList<>();
      for (ByteMoves.Step step : plan.steps()) {
        switch (step) {
          case ByteMoves.Fetch fetch -> {
            Reg from = register(state, fetch.base());
            if (from == null || free.isEmpty()) {
              return List.of();
            }
            Reg value = free.removeFirst();
            values.add(value);
            lines.add(
                new Line(
                    new Load(
                        fetch.size(),
                        false,
                        value,
                        from,
                        (short) (fetch.offset() - offset(state, from)))));
          }
          case ByteMoves.Shift shift ->
              lines.add(
                  new Line(
                      new Alu(
                          Width.W64,
                          AluOp.RSH,
                          values.get(shift.value()),
                          new Imm(8 * shift.bytes()))));
          case ByteMoves.Put put ->
              lines.add(
                  new Line(
                      new Store(
                          put.size(),
                          to,
                          (short) (put.offset() - toOffset),
                          values.get(put.value()))));
          case ByteMoves.PutConstant put ->
              lines.add(
                  new Line(
                      new Store(
                          put.size(), to, (short) (put.offset() - toOffset), new Imm(put.imm()))));
        }
      }
      return lines;
    }

    private List<Reg> free(Line lastStore) {
      List<Reg> free = new ArrayList<>();
      for (int r : new int[] {1, 2, 3, 4, 5, 0, 9, 8, 7, 6}) {
        if (scene.liveness().neededAfter(lastStore, Reg.of(r)) == 0
            && !isBase(lastStore, Reg.of(r))) {
          free.add(Reg.of(r));
        }
      }
      return free;
    }

    /** Whether a register points to the memory that is stored to or loaded from. */
    private boolean isBase(Line line, Reg reg) {
      State state = scene.analysis().before(line);
      Term value = state == null ? null : state.register(reg);
      return value != null && value.region() != null;
    }

    private static @Nullable Reg register(State state, Term base) {
      for (int r = Reg.COUNT - 1; r >= 0; r--) {
        Term value = state.registers(r);
        if (value != null && value.base() == base) {
          return Reg.of(r);
        }
      }
      return null;
    }

    private static long offset(State state, Reg reg) {
      Term value = state.register(reg);
      return value == null ? 0 : value.offset();
    }

    /** What the target allows. */
    private final class Rules implements ByteMoves.Rules {
      private final State state;

      Rules(State state) {
        this.state = state;
      }

      @Override
      public boolean mayLoad(Term from, long offset, MemSize size) {
        return allowed(from, offset, size) || covered(from, offset, size, false);
      }

      @Override
      public boolean mayStore(long offset, MemSize size) {
        Term to = Objects.requireNonNull(base);
        return allowed(to, offset, size) || covered(to, offset, size, true);
      }

      private boolean allowed(Term from, long offset, MemSize size) {
        Term address =
            scene.analysis().terms().add(from, scene.analysis().terms().constant(offset));
        return Accesses.allowed(
            draft, scene.analysis(), state, address, size.bytes(), scene.options());
      }

      /** Whether the run accesses all these bytes itself, so that they are there. */
      private boolean covered(Term from, long offset, MemSize size, boolean stored) {
        if (!scene.options().unaligned()
            || from.region() instanceof Region.Stack
            || from.region() instanceof Region.Context) {
          return false;
        }
        BitSet seen = new BitSet();
        for (int at = Math.max(0, first - 4); at < stores.length(); at++) {
          Line line = draft.line(at);
          State there = scene.analysis().before(line);
          if (there == null) {
            continue;
          }
          if (!stored && line.insn() instanceof Load load) {
            mark(seen, there.register(load.base()), load.offset(), load.size(), from, offset);
          } else if (line.insn() instanceof Store store) {
            mark(seen, there.register(store.base()), store.offset(), store.size(), from, offset);
          }
        }
        return seen.nextClearBit(0) >= size.bytes();
      }

      private static void mark(
          BitSet seen, @Nullable Term pointer, short at, MemSize size, Term from, long offset) {
        if (pointer != null && pointer.base() == from) {
          for (int i = 0; i < size.bytes(); i++) {
            long place = pointer.offset() + at + i - offset;
            if (place >= 0 && place < 8) {
              seen.set((int) place);
            }
          }
        }
      }
    }
  }
}
