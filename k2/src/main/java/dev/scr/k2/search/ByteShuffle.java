package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.k2.proof.Region;
import dev.scr.k2.proof.WindowVerdict;
import dev.scr.k2.search.ByteSource.Origin;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

  /** One search. */
  private final class Run {
    private final Layout layout;
    private final ByteVectors start;
    private final ByteVectors goal;
    private final TestCases tests;
    private final Proofs proofs;
    private final BaseRegisters bases;
    private final ByteSources sources;
    private final List<Integer> results = new ArrayList<>();
    private final Deque<ByteResult> chosenResults = new ArrayDeque<>();

    /** The stores that are chosen, the last one first. */
    private final List<ByteMove> moves = new ArrayList<>();

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
      this.done = new boolean[layout.regionCount()][];
      this.lackingLoads = new boolean[layout.regionCount()][];
      for (int i = 0; i < done.length; i++) {
        done[i] = new boolean[layout.size(i)];
        lackingLoads[i] = new boolean[layout.size(i)];
      }
      Places places = Places.before(layout);
      this.bases = new BaseRegisters(layout, places);
      this.sources = new ByteSources(layout, target, places, bases, start);
      for (int r = 0; r < 10; r++) {
        if (!ByteSources.matches(needed(r), start.registers[r], 8)) {
          results.add(r);
        }
      }
    }

    /**
     * What a register has to be afterwards, with {@link ByteSources#ANY} for what does not matter.
     */
    private int[] needed(int register) {
      int[] vector = goal.registers[register].clone();
      for (int b = 0; b < 8; b++) {
        if ((layout.liveBits(register) >>> (8 * b) & 0xff) == 0) {
          vector[b] = ByteSources.ANY;
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
      for (ByteSource source : sources.of(needed(register), 8)) {
        chosenResults.addLast(new ByteResult(register, source));
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
      return bases.has(region) && kind != Region.Kind.CONTEXT && layout.size(region) > 0;
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
      for (ByteMove move : moves) {
        strike(move.source().origin());
      }
      for (ByteResult result : chosenResults) {
        strike(result.source().origin());
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
      Arrays.fill(needed, ByteSources.ANY);
      for (int b = 0; b < bytes; b++) {
        if (layout.live(region)[index + b] && !done[region][index + b]) {
          needed[b] = goal.memory[region][index + b];
        }
      }
      boolean[] before = done[region].clone();
      for (ByteSource source : sources.of(needed, bytes)) {
        steps++;
        ByteMove move = new ByteMove(region, index, bytes, source);
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
    private static boolean commute(ByteMove before, ByteMove move) {
      boolean inOrder =
          move.region() > before.region()
              || (move.region() == before.region() && move.index() > before.index());
      return !inOrder && !before.touches(move) && !move.touches(before);
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

    /** How many instructions the choices need at least. */
    private int count() {
      Set<Object> made = new HashSet<>();
      int count = moves.size();
      for (ByteMove move : moves) {
        boolean stored =
            move.source().origin() instanceof Origin.Constant && target.storeImmediate();
        if (!stored) {
          make(move.source(), made);
        }
      }
      for (ByteResult result : chosenResults) {
        if (result.source().origin() instanceof Origin.Held) {
          count++;
        } else {
          make(result.source(), made);
        }
      }
      return count + made.size();
    }

    private static void make(ByteSource source, Set<Object> made) {
      if (!(source.origin() instanceof Origin.Held)) {
        made.add(source.origin());
      }
      if (!source.isPlain()) {
        made.add(source);
      }
    }

    private void finish(int bound) {
      List<Instruction> code =
          new MoveSchedule(layout, target, bases, moves.reversed(), chosenResults).code();
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
  }
}
