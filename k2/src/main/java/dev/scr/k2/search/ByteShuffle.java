package dev.scr.k2.search;

import dev.scr.ebpf.isa.AluOp;
import dev.scr.ebpf.isa.Imm;
import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Instruction.Alu;
import dev.scr.ebpf.isa.Instruction.Load;
import dev.scr.ebpf.isa.Instruction.LoadWide;
import dev.scr.ebpf.isa.Instruction.Store;
import dev.scr.ebpf.isa.Instruction.Swap;
import dev.scr.ebpf.isa.MemSize;
import dev.scr.ebpf.isa.Reg;
import dev.scr.ebpf.isa.SwapOp;
import dev.scr.ebpf.isa.Width;
import dev.scr.k2.proof.Region;
import dev.scr.k2.proof.WindowVerdict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cheaper code for windows that only move bytes: copies, swaps, ladders. It chooses stores from the
 * last to the first, so that a wide store may write bytes that a later one sets right, and for each
 * a source: a constant, a register, or a wide load, perhaps shifted. A 6-byte swap of Ethernet
 * addresses needs six instructions so: two loads of eight bytes, a load of the type behind them,
 * two stores of eight bytes, and a store of the type. Deterministic for a budget of steps.
 *
 * @param target what the kernel understands
 * @param cost what is to be made small
 * @param budget most steps for one window
 */
public record ByteShuffle(TargetFeatures target, Cost cost, long budget) {
  private static final int ANY = -1;
  private static final int MOST_PROOFS = 8;

  /** Whether an instruction may be one that only moves bytes. */
  public static boolean isMove(Instruction insn) {
    return ByteVectors.isMove(insn);
  }

  /** Searches a window. */
  public Synthesis search(Window window, WindowProver prover, long seed) {
    Optional<Layout> layout = Layout.of(window);
    if (layout.isEmpty()) {
      return Synthesis.NOTHING;
    }
    ByteVectors goal = ByteVectors.before(layout.get());
    if (!goal.execute()) {
      return Synthesis.NOTHING;
    }
    TestCases tests = TestCases.of(layout.get(), TestCases.INITIAL, seed);
    if (tests.size() == 0) {
      return Synthesis.NOTHING;
    }
    try (Proofs proofs = new Proofs(window, prover)) {
      return new Run(layout.get(), goal, tests, proofs).run();
    }
  }

  /** Where bytes come from before they are changed. */
  private sealed interface Origin {
    /** A register as it was before the window. */
    record Held(int register) implements Origin {}

    /** A load of memory as it was before the window. */
    record Loaded(int region, int index, int bytes) implements Origin {}

    /** A constant. */
    record Constant(long value) implements Origin {}
  }

  /** A change of an origin: a shift by bytes (negative: to the right), or a swap. */
  private record Change(int shift, @Nullable SwapOp swap) {
    static final Change NONE = new Change(0, null);
  }

  private record Source(Origin origin, Change change) {}

  /** A store, and where its value comes from. */
  private record Move(int region, int index, int bytes, Source source) {}

  /** A register that is needed afterwards, and where its value comes from. */
  private record Result(int register, Source source) {}

  /** One search. */
  private final class Run {
    private final Layout layout;
    private final ByteVectors start;
    private final ByteVectors goal;
    private final TestCases tests;
    private final Proofs proofs;
    private final int[] bases;
    private final int[] baseOffsets;
    private final boolean[] usable = new boolean[Reg.COUNT];
    private final Map<Needed, List<Source>> sources = new HashMap<>();
    private final List<Integer> results = new ArrayList<>();
    private final Deque<Result> chosenResults = new ArrayDeque<>();

    /** The stores that are chosen, the last one first. */
    private final List<Move> moves = new ArrayList<>();

    private final boolean[][] done;
    private final boolean[][] lackingLoads;
    private final Set<List<Instruction>> tried = new HashSet<>();
    private Optional<List<Instruction>> proved = Optional.empty();
    private long steps;

    Run(Layout layout, ByteVectors goal, TestCases tests, Proofs proofs) {
      this.layout = layout;
      this.start = ByteVectors.before(layout);
      this.goal = goal;
      this.tests = tests;
      this.proofs = proofs;
      this.bases = new int[layout.regionCount()];
      this.baseOffsets = new int[layout.regionCount()];
      this.done = new boolean[layout.regionCount()][];
      this.lackingLoads = new boolean[layout.regionCount()][];
      Places places = Places.before(layout);
      for (int i = 0; i < bases.length; i++) {
        bases[i] = base(places, i);
        baseOffsets[i] = bases[i] < 0 ? 0 : places.offset(bases[i]);
        done[i] = new boolean[layout.size(i)];
        lackingLoads[i] = new boolean[layout.size(i)];
      }
      for (int r = 0; r < Reg.COUNT; r++) {
        usable[r] = places.usable(r);
      }
      for (int r = 0; r < 10; r++) {
        if (!matches(needed(r), start.registers[r], 8)) {
          results.add(r);
        }
      }
    }

    private static int base(Places places, int region) {
      for (int r = Reg.COUNT - 1; r >= 0; r--) {
        if (places.region(r) == region) {
          return r;
        }
      }
      return -1;
    }

    /** What a register has to be afterwards, with {@link #ANY} for what does not matter. */
    private int[] needed(int register) {
      int[] vector = goal.registers[register].clone();
      for (int b = 0; b < 8; b++) {
        if ((layout.liveBits(register) >>> (8 * b) & 0xff) == 0) {
          vector[b] = ANY;
        }
      }
      return vector;
    }

    Synthesis run() {
      int original = cost.of(layout.window().code());
      // Deepening: a bound on the number of instructions; the real cost is compared at the end.
      int most = Math.min(layout.window().code().size(), original / cost.least()) - 1;
      for (int bound = 0; bound <= most && steps <= budget && proved.isEmpty(); bound++) {
        chooseResults(0, bound);
      }
      return new Synthesis(proved, steps, proofs.count(), tests.counterexamples(), steps <= budget);
    }

    private boolean over() {
      return proved.isPresent() || steps > budget || proofs.count() >= MOST_PROOFS;
    }

    private void chooseResults(int at, int bound) {
      if (over()) {
        return;
      }
      if (at == results.size()) {
        chooseMoves(bound);
        return;
      }
      int register = results.get(at);
      for (Source source : sources(needed(register), 8)) {
        chosenResults.addLast(new Result(register, source));
        if (count() <= bound) {
          chooseResults(at + 1, bound);
        }
        chosenResults.removeLast();
      }
    }

    private void chooseMoves(int bound) {
      steps++;
      if (over()) {
        return;
      }
      int lacking = lacking();
      if (lacking == 0) {
        finish(bound);
        return;
      }
      if (count() + lacking > bound) {
        return;
      }
      for (int region = 0; region < done.length; region++) {
        if (!accessible(region)) {
          continue;
        }
        for (int bytes = 8; bytes >= 1; bytes /= 2) {
          for (int index = 0; index + bytes <= done[region].length; index++) {
            tryMove(region, index, bytes, bound);
          }
        }
      }
    }

    private boolean accessible(int region) {
      Region.Kind kind = layout.regions().get(region).kind();
      return bases[region] >= 0 && kind != Region.Kind.CONTEXT && layout.size(region) > 0;
    }

    /** How many stores, and loads besides the chosen ones, the wrong bytes need at least. */
    private int lacking() {
      int count = 0;
      for (boolean[] needed : lackingLoads) {
        Arrays.fill(needed, false);
      }
      for (int region = 0; region < done.length; region++) {
        int span = Integer.MIN_VALUE;
        for (int index = 0; index < done[region].length; index++) {
          if (!wrong(region, index)) {
            continue;
          }
          if (index >= span + 8) {
            span = index;
            count++;
          }
          int code = goal.memory[region][index];
          if (ByteVectors.isMemory(code)) {
            lackingLoads[ByteVectors.regionOf(code)][ByteVectors.indexOf(code)] = true;
          }
        }
      }
      return count + loads();
    }

    private int loads() {
      for (Move move : moves) {
        strike(move.source.origin);
      }
      for (Result result : chosenResults) {
        strike(result.source.origin);
      }
      int count = 0;
      for (boolean[] needed : lackingLoads) {
        for (int index = 0; index < needed.length; index++) {
          if (needed[index]) {
            count++;
            index += 7;
          }
        }
      }
      return count;
    }

    private void strike(Origin origin) {
      if (origin instanceof Origin.Loaded(int region, int index, int bytes)) {
        Arrays.fill(lackingLoads[region], index, index + bytes, false);
      }
    }

    private boolean wrong(int region, int index) {
      return !done[region][index]
          && layout.live(region)[index]
          && goal.memory[region][index] != start.memory[region][index];
    }

    private void tryMove(int region, int index, int bytes, int bound) {
      if (over()
          || !layout.aligned(region, index + layout.low(region), bytes, target)
          || !sensible(region, index, bytes)) {
        return;
      }
      int[] needed = new int[8];
      Arrays.fill(needed, ANY);
      for (int b = 0; b < bytes; b++) {
        if (layout.live(region)[index + b] && !done[region][index + b]) {
          needed[b] = goal.memory[region][index + b];
        }
      }
      boolean[] before = done[region].clone();
      for (Source source : sources(needed, bytes)) {
        steps++;
        Move move = new Move(region, index, bytes, source);
        if (!moves.isEmpty() && commute(moves.getLast(), move)) {
          continue;
        }
        Arrays.fill(done[region], index, index + bytes, true);
        moves.add(move);
        if (count() <= bound) {
          chooseMoves(bound);
        }
        moves.removeLast();
        System.arraycopy(before, 0, done[region], 0, before.length);
        if (over()) {
          return;
        }
      }
    }

    /** Whether the other order of two independent stores is the one to try. */
    private static boolean commute(Move before, Move move) {
      boolean inOrder =
          move.region > before.region
              || (move.region == before.region && move.index > before.index);
      return !inOrder && !touch(before, move) && !touch(move, before);
    }

    private static boolean touch(Move store, Move other) {
      boolean overlap =
          store.region == other.region
              && store.index < other.index + other.bytes
              && other.index < store.index + store.bytes;
      return overlap || Schedule.overwrites(store, other.source);
    }

    /** A store writes only what may be written, and something wrong, or a byte next to such. */
    private boolean sensible(int region, int index, int bytes) {
      boolean[] writable = layout.writable(region);
      boolean near = false;
      for (int i = index; i < index + bytes; i++) {
        if (!writable[i]) {
          return false;
        }
        near |= wrong(region, i);
      }
      if (near) {
        return true;
      }
      // A repair: directly behind or in front of bytes that are still wrong.
      boolean fresh = true;
      for (int i = index; i < index + bytes; i++) {
        fresh &= !done[region][i] && layout.live(region)[i];
      }
      boolean behind = index > 0 && wrong(region, index - 1);
      boolean front = index + bytes < done[region].length && wrong(region, index + bytes);
      return fresh && (behind || front) && bytes < 8;
    }

    private static boolean matches(int[] needed, int[] vector, int bytes) {
      for (int b = 0; b < bytes; b++) {
        if (needed[b] != ANY && needed[b] != vector[b]) {
          return false;
        }
      }
      return true;
    }

    /** Bytes that a source has to have. */
    private record Needed(List<Integer> vector, int bytes) {}

    private List<Source> sources(int[] needed, int bytes) {
      List<Integer> vector = Arrays.stream(needed).boxed().toList();
      return sources.computeIfAbsent(new Needed(vector, bytes), _ -> find(needed, bytes));
    }

    /** Everything that has the needed bytes, the cheap ones first. */
    private List<Source> find(int[] needed, int bytes) {
      List<Source> found = new ArrayList<>();
      constant(needed, bytes, found);
      for (int r = 0; r < Reg.COUNT; r++) {
        if (usable[r] && matches(needed, start.registers[r], bytes)) {
          found.add(new Source(new Origin.Held(r), Change.NONE));
        }
      }
      int first = firstMemory(needed, bytes);
      if (first >= 0) {
        loads(needed, bytes, first, found);
      }
      return found;
    }

    private void constant(int[] needed, int bytes, List<Source> found) {
      long value = 0;
      int top = ANY;
      for (int b = 0; b < 8; b++) {
        int code = b < bytes ? needed[b] : ANY;
        if (code == ANY) {
          // The sign of what was there goes on.
          code = b > 3 && top != ANY && (value >> 31 & 1) != 0 ? 0xff : 0;
        } else if (!ByteVectors.isConstant(code)) {
          return;
        }
        top = code;
        value |= (long) code << (8 * b);
      }
      found.add(new Source(new Origin.Constant(value), Change.NONE));
    }

    private static int firstMemory(int[] needed, int bytes) {
      for (int b = 0; b < bytes; b++) {
        if (needed[b] != ANY && ByteVectors.isMemory(needed[b])) {
          return b;
        }
      }
      return -1;
    }

    private void loads(int[] needed, int bytes, int first, List<Source> found) {
      int region = ByteVectors.regionOf(needed[first]);
      int index = ByteVectors.indexOf(needed[first]);
      if (bases[region] < 0) {
        return;
      }
      List<Source> changed = new ArrayList<>();
      for (int width = 1; width <= 8; width *= 2) {
        for (int shift = -7; shift <= 7; shift++) {
          // Byte b of the shifted value is byte b − shift of the load.
          int from = index - (first - shift);
          int[] vector = load(region, from, width);
          if (vector != null && matches(needed, ByteVectors.shifted(vector, shift), bytes)) {
            Change change = shift == 0 ? Change.NONE : new Change(shift, null);
            (shift == 0 ? found : changed)
                .add(new Source(new Origin.Loaded(region, from, width), change));
          }
        }
        SwapOp swap = swap(width);
        if (swap != null) {
          int from = index - (width - 1 - first);
          int[] vector = load(region, from, width);
          if (vector != null && matches(needed, ByteVectors.swapped(vector, swap), bytes)) {
            changed.add(new Source(new Origin.Loaded(region, from, width), new Change(0, swap)));
          }
        }
      }
      found.addAll(changed);
    }

    private static @Nullable SwapOp swap(int width) {
      return switch (width) {
        case 2 -> SwapOp.BE16;
        case 4 -> SwapOp.BE32;
        case 8 -> SwapOp.BE64;
        default -> null;
      };
    }

    private int @Nullable [] load(int region, int index, int width) {
      if (index < 0
          || index + width > layout.size(region)
          || !layout.aligned(region, index + layout.low(region), width, target)) {
        return null;
      }
      boolean context = layout.regions().get(region).kind() == Region.Kind.CONTEXT;
      if (context && !layout.originalAccesses(region, index + layout.low(region), width, false)) {
        return null;
      }
      int[] vector = new int[8];
      for (int b = 0; b < width; b++) {
        if (!layout.readable(region)[index + b]) {
          return null;
        }
        vector[b] = start.memory[region][index + b];
      }
      return vector;
    }

    /** How many instructions the choices need at least. */
    private int count() {
      Set<Object> made = new HashSet<>();
      int count = moves.size();
      for (Move move : moves) {
        boolean stored = move.source.origin instanceof Origin.Constant && target.storeImmediate();
        if (!stored) {
          make(move.source, made);
        }
      }
      for (Result result : chosenResults) {
        if (result.source.origin instanceof Origin.Held) {
          count++;
        } else {
          make(result.source, made);
        }
      }
      return count + made.size();
    }

    private static void make(Source source, Set<Object> made) {
      if (!(source.origin instanceof Origin.Held)) {
        made.add(source.origin);
      }
      if (!source.change.equals(Change.NONE)) {
        made.add(source);
      }
    }

    // ---- from choices to code

    private void finish(int bound) {
      List<Instruction> code = new Schedule().code();
      if (code == null
          || code.size() > bound
          || cost.of(code) >= cost.of(layout.window().code())
          || !tried.add(code)) {
        return;
      }
      Step[] candidate = TestCases.steps(layout, code);
      Places places = Places.before(layout);
      for (Step step : candidate) {
        if (!places.allows(step, target)) {
          return;
        }
        places.step(step);
      }
      if (!layout.endsAlike(places) || !tests.pass(candidate, candidate.length)) {
        return;
      }
      switch (proofs.check(code)) {
        case WindowVerdict.Equivalent _ -> proved = Optional.of(code);
        case WindowVerdict.Different(WindowVerdict.Input input, String _) ->
            tests.addCounterexample(input, code);
        case WindowVerdict.Refused _, WindowVerdict.Unknown _ -> {}
      }
    }

    /** Puts the chosen moves in order and gives their values registers. */
    private final class Schedule {
      private final List<Instruction> code = new ArrayList<>();
      private final List<Move> order = moves.reversed();

      /** Registers and what they hold now. */
      private final @Nullable Source[] holds = new Source[Reg.COUNT];

      private int taken;

      @Nullable List<Instruction> code() {
        reserve();
        for (int i = 0; i < order.size(); i++) {
          if (!rescue(i) || !perform(i)) {
            return null;
          }
        }
        return results() ? code : null;
      }

      /** Registers that must stay as they are. */
      private void reserve() {
        for (int r = 0; r < Reg.COUNT; r++) {
          if (layout.liveBits(r) != 0 && !results.contains(r)) {
            taken |= 1 << r;
          }
        }
        taken |= 1 << 10;
        for (int base : bases) {
          if (base >= 0) {
            taken |= 1 << base;
          }
        }
        for (Move move : moves) {
          hold(move.source);
        }
        for (Result result : chosenResults) {
          hold(result.source);
        }
      }

      private void hold(Source source) {
        if (source.origin instanceof Origin.Held(int register)) {
          taken |= 1 << register;
        }
      }

      /** Loads what is still needed and would be overwritten by the store. */
      private boolean rescue(int at) {
        Move store = order.get(at);
        for (int i = at + 1; i < order.size(); i++) {
          if (overwrites(store, order.get(i).source) && !present(order.get(i).source)) {
            return false;
          }
        }
        for (Result result : chosenResults) {
          if (overwrites(store, result.source) && !present(result.source)) {
            return false;
          }
        }
        return true;
      }

      private static boolean overwrites(Move store, Source source) {
        return source.origin instanceof Origin.Loaded(int region, int index, int bytes)
            && region == store.region
            && index < store.index + store.bytes
            && store.index < index + bytes;
      }

      /** Makes sure that the origin of a source is in a register. */
      private boolean present(Source source) {
        return register(new Source(source.origin, Change.NONE)) >= 0
            || register(source) >= 0
            || load(source.origin) >= 0;
      }

      private int register(Source source) {
        if (source.origin instanceof Origin.Held(int register)
            && source.change.equals(Change.NONE)) {
          return register;
        }
        for (int r = 0; r < holds.length; r++) {
          if (source.equals(holds[r])) {
            return r;
          }
        }
        return -1;
      }

      private int load(Origin origin) {
        int r = free(origin);
        if (r < 0) {
          return -1;
        }
        switch (origin) {
          case Origin.Held _ -> {
            return -1;
          }
          case Origin.Loaded(int region, int index, int bytes) ->
              code.add(
                  new Load(
                      size(bytes), false, Reg.of(r), Reg.of(bases[region]), offset(region, index)));
          case Origin.Constant(long value) -> code.add(constant(r, value));
        }
        holds[r] = new Source(origin, Change.NONE);
        return r;
      }

      private Instruction constant(int r, long value) {
        if (value == (int) value) {
          return new Alu(Width.W64, AluOp.MOV, Reg.of(r), new Imm((int) value));
        }
        if (value >>> 32 == 0 && target.arithmetic32()) {
          return new Alu(Width.W32, AluOp.MOV, Reg.of(r), new Imm((int) value));
        }
        return LoadWide.constant(Reg.of(r), value);
      }

      private short offset(int region, int index) {
        return (short) (index + layout.low(region) - baseOffsets[region]);
      }

      /** A register for a value: the one it has to end in, else one that nobody needs. */
      private int free(Origin origin) {
        for (Result result : chosenResults) {
          boolean mine = result.source.origin.equals(origin);
          if (mine && (taken >> result.register & 1) == 0) {
            taken |= 1 << result.register;
            return result.register;
          }
        }
        for (int r = 0; r < 10; r++) {
          if ((taken >> r & 1) == 0 && !results.contains(r)) {
            taken |= 1 << r;
            return r;
          }
        }
        for (int r = 9; r >= 0; r--) {
          if ((taken >> r & 1) == 0) {
            taken |= 1 << r;
            return r;
          }
        }
        return -1;
      }

      private boolean perform(int at) {
        Move move = order.get(at);
        if (move.source.origin instanceof Origin.Constant(long value)
            && target.storeImmediate()
            && fits(value, move.bytes)) {
          code.add(
              new Store(
                  size(move.bytes),
                  Reg.of(bases[move.region]),
                  offset(move.region, move.index),
                  new Imm((int) value)));
          return true;
        }
        int r = value(move.source, at + 1);
        if (r < 0) {
          return false;
        }
        code.add(
            new Store(
                size(move.bytes),
                Reg.of(bases[move.region]),
                offset(move.region, move.index),
                Reg.of(r)));
        release(at + 1);
        return true;
      }

      private static boolean fits(long value, int bytes) {
        return bytes < 8 || value == (int) value;
      }

      /** A register that holds a source; {@code next} is the first move that comes after. */
      private int value(Source source, int next) {
        int there = register(source);
        if (there >= 0) {
          return there;
        }
        Source plain = new Source(source.origin, Change.NONE);
        int r = register(plain);
        if (r < 0) {
          r = load(source.origin);
        }
        if (r < 0 || source.change.equals(Change.NONE)) {
          return r;
        }
        if (neededLater(plain, next)) {
          int copy = free(new Origin.Held(-1));
          if (copy < 0) {
            return -1;
          }
          code.add(new Alu(Width.W64, AluOp.MOV, Reg.of(copy), Reg.of(r)));
          r = copy;
        }
        code.add(change(source.change, r));
        holds[r] = source;
        return r;
      }

      private boolean neededLater(Source source, int next) {
        for (int i = next; i < order.size(); i++) {
          if (order.get(i).source.origin.equals(source.origin)) {
            return true;
          }
        }
        return chosenResults.stream().anyMatch(result -> result.source.equals(source));
      }

      private static Instruction change(Change change, int r) {
        if (change.swap() != null) {
          return new Swap(change.swap(), Reg.of(r));
        }
        AluOp op = change.shift() > 0 ? AluOp.LSH : AluOp.RSH;
        return new Alu(Width.W64, op, Reg.of(r), new Imm(8 * Math.abs(change.shift())));
      }

      /** Gives registers back whose value nobody needs any more. */
      private void release(int next) {
        for (int r = 0; r < holds.length; r++) {
          Source held = holds[r];
          if (held == null) {
            continue;
          }
          boolean needed =
              chosenResults.stream().anyMatch(res -> res.source.origin.equals(held.origin));
          for (int i = next; i < order.size() && !needed; i++) {
            needed = order.get(i).source.origin.equals(held.origin);
          }
          if (!needed) {
            holds[r] = null;
            taken &= ~(1 << r);
          }
        }
      }

      private boolean results() {
        for (Result result : chosenResults) {
          int r = value(result.source, order.size());
          if (r < 0) {
            return false;
          }
          if (r != result.register) {
            code.add(new Alu(Width.W64, AluOp.MOV, Reg.of(result.register), Reg.of(r)));
          }
        }
        return true;
      }
    }

    private static MemSize size(int bytes) {
      return switch (bytes) {
        case 1 -> MemSize.B;
        case 2 -> MemSize.H;
        case 4 -> MemSize.W;
        default -> MemSize.DW;
      };
    }
  }
}
