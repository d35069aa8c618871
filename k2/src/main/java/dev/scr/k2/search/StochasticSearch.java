package dev.scr.k2.search;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.analysis.Analysis;
import dev.scr.k2.analysis.Liveness;
import dev.scr.k2.code.Draft;
import dev.scr.k2.proof.WindowVerdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * K2's own method (SIGCOMM'21): Markov chains over the programs of a window, with a cost of error,
 * performance and safety; several chains with different settings; windows in turn, each from the
 * best program so far; a test set that counterexamples extend; a cache of verdicts. Differences: a
 * removed instruction is really gone, addresses are 64-bit, and a window may be larger than four.
 * Deterministic for a seed and a number of iterations.
 *
 * @param target what the kernel understands
 * @param cost what is to be made small
 * @param chains the settings; one chain each
 * @param windowSize most instructions of a window; K2's automatic windows have 4
 * @param iterations proposals for one window before the next one's turn
 * @param rounds how often every window has its turn
 * @param threads how many chains at the same time
 * @param seed of everything random
 */
public record StochasticSearch(
    TargetFeatures target,
    Cost cost,
    List<StochasticSettings> chains,
    int windowSize,
    long iterations,
    int rounds,
    int threads,
    long seed) {
  /** What an unsafe candidate costs, as in K2. */
  private static final double UNSAFE = 100_000;

  private static final int INITIAL_TESTS = 30;
  private static final int MOST_TESTS = 100;

  /** Copies the list. */
  public StochasticSearch {
    chains = List.copyOf(chains);
  }

  /**
   * Makes a draft cheaper: the best that one of the chains finds.
   *
   * @param gate the last word on every new best program of a chain, for example loading it into the
   *     kernel; called from several threads
   * @param stop asked often; true ends the search with the best so far
   */
  public WindowSweep.Report run(
      Draft draft, WindowProver prover, Predicate<Draft> gate, BooleanSupplier stop) {
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<Chain>> running = new ArrayList<>();
      for (int i = 0; i < chains.size(); i++) {
        Chain chain = new Chain(draft.copy(), chains.get(i), seed + i, prover, gate, stop);
        running.add(pool.submit(chain::run));
      }
      Chain best = null;
      for (Future<Chain> future : running) {
        Chain chain = future.get();
        if (best == null || chain.price() < best.price()) {
          best = chain;
        }
      }
      if (best == null) {
        return new WindowSweep.Report(List.of(), 0, 0, 0);
      }
      draft.become(best.draft);
      return new WindowSweep.Report(best.rewrites, best.windows, best.steps, best.proofs);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new WindowSweep.Report(List.of(), 0, 0, 0);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a chain failed", e.getCause());
    }
  }

  /** One chain over the whole draft. */
  private final class Chain {
    private final Draft draft;
    private final StochasticSettings settings;
    private final long chainSeed;
    private final WindowProver prover;
    private final Predicate<Draft> gate;
    private final BooleanSupplier stop;
    private final List<WindowSweep.Rewrite> rewrites = new ArrayList<>();
    private long windows;
    private long steps;
    private long proofs;

    Chain(
        Draft draft,
        StochasticSettings settings,
        long chainSeed,
        WindowProver prover,
        Predicate<Draft> gate,
        BooleanSupplier stop) {
      this.draft = draft;
      this.settings = settings;
      this.chainSeed = chainSeed;
      this.prover = prover;
      this.gate = gate;
      this.stop = stop;
    }

    long price() {
      long price = 0;
      for (int i = 0; i < draft.size(); i++) {
        price += cost.of(draft.line(i).insn());
      }
      return price;
    }

    Chain run() {
      Draft clean = DeadLines.without(draft);
      if (clean.size() < draft.size() && gate.test(clean)) {
        draft.become(clean);
      }
      for (int round = 0; round < rounds && !stop.getAsBoolean(); round++) {
        int at = 0;
        while (!stop.getAsBoolean()) {
          Analysis analysis = Analysis.of(draft);
          WindowFinder finder = new WindowFinder(draft, analysis, Liveness.of(draft, analysis));
          Optional<WindowSite> site = finder.runFrom(at, windowSize);
          if (site.isEmpty()) {
            break;
          }
          int end = visit(site.get(), round);
          at = Math.max(end, site.get().from() + 1);
        }
      }
      return this;
    }

    /** Gives a window its turn; returns the line behind what stands there now. */
    private int visit(WindowSite site, int round) {
      windows++;
      Synthesis found =
          search(site.window(), prover, settings, chainSeed * 31 + windows + 1000L * round, stop);
      steps += found.steps();
      proofs += found.proofs();
      if (found.replacement().isEmpty()) {
        return site.to();
      }
      Draft before = draft.copy();
      List<Instruction> code = found.replacement().get();
      site.replace(draft, code);
      DeadLines.delete(draft);
      if (!gate.test(draft)) {
        draft.become(before);
        return site.to();
      }
      rewrites.add(new WindowSweep.Rewrite(site.window(), code, "stochastic search"));
      return site.from() + code.size();
    }
  }

  /** One chain in one window. */
  public Synthesis search(
      Window window,
      WindowProver prover,
      StochasticSettings settings,
      long windowSeed,
      BooleanSupplier stop) {
    Optional<Layout> layout = Layout.of(window);
    if (layout.isEmpty()) {
      return Synthesis.NOTHING;
    }
    TestCases tests = TestCases.of(layout.get(), INITIAL_TESTS, windowSeed);
    if (tests.size() == 0) {
      return Synthesis.NOTHING;
    }
    try (Proofs proofs = new Proofs(window, prover)) {
      return new Walk(layout.get(), tests, proofs, settings, windowSeed).run(stop);
    }
  }

  /** What a candidate costs, and whether it is proved. */
  private record Judgement(double cost, boolean proved) {}

  /** The walk of a chain in a window. */
  private final class Walk {
    private final Layout layout;
    private final TestCases tests;
    private final Proofs proofs;
    private final StochasticSettings settings;
    private final SplittableRandom random;
    private final Moves moves;
    private final Machine machine;
    private final Map<List<Instruction>, Boolean> verdicts = new HashMap<>();
    private final Step[] steps;
    private int length;
    private boolean newTest;

    Walk(
        Layout layout,
        TestCases tests,
        Proofs proofs,
        StochasticSettings settings,
        long windowSeed) {
      this.layout = layout;
      this.tests = tests;
      this.proofs = proofs;
      this.settings = settings;
      this.random = new SplittableRandom(windowSeed);
      this.moves = new Moves(layout, target, settings, random);
      this.machine = new Machine(layout);
      this.steps = new Step[layout.window().code().size()];
    }

    Synthesis run(BooleanSupplier stop) {
      @Nullable Instruction[] current = layout.window().code().toArray(new Instruction[0]);
      int best = cost.of(layout.window().code());
      Optional<List<Instruction>> found = Optional.empty();
      verdicts.put(layout.window().code(), true);
      double now = judge(current, Double.MAX_VALUE).cost;
      long done = 0;
      while (done < iterations && !(done % 256 == 0 && stop.getAsBoolean())) {
        done++;
        @Nullable Instruction[] proposal = current.clone();
        moves.propose(proposal);
        if (Arrays.equals(proposal, current)) {
          continue;
        }
        // The dice are cast first: what costs more than this is not accepted anyway.
        double most = now - Math.log(1 - random.nextDouble());
        Judgement judgement = judge(proposal, most);
        if (judgement.proved) {
          List<Instruction> code = code(proposal);
          if (cost.of(code) < best) {
            best = cost.of(code);
            found = Optional.of(code);
          }
        }
        if (judgement.cost <= most) {
          current = proposal;
          now = judgement.cost;
        }
        if (newTest) {
          newTest = false;
          now = judge(current, Double.MAX_VALUE).cost;
        }
      }
      return new Synthesis(
          found, done, proofs.count(), tests.counterexamples(), done == iterations);
    }

    private static List<Instruction> code(@Nullable Instruction[] slots) {
      List<Instruction> code = new ArrayList<>();
      for (Instruction insn : slots) {
        if (insn != null) {
          code.add(insn);
        }
      }
      return code;
    }

    /** The cost of a candidate; one that exceeds {@code most} may be too small. */
    private Judgement judge(@Nullable Instruction[] slots, double most) {
      List<Instruction> code = code(slots);
      double performance = settings.costWeight() * cost.of(code) / cost.least();
      if (!safe(code)) {
        return new Judgement(UNSAFE, false);
      }
      double error = 0;
      int failed = 0;
      double share = settings.average() ? 1.0 / tests.size() : 1;
      for (int i = 0; i < tests.size(); i++) {
        double difference = difference(i);
        failed += difference > 0 ? 1 : 0;
        error += share * difference;
        if (settings.errorWeight() * error + performance > most) {
          return new Judgement(most + 1, false);
        }
      }
      boolean proved = failed == 0 && proved(code);
      if (!proved) {
        int counted =
            switch (settings.counted()) {
              case FAILED -> failed;
              case PASSED -> tests.size() - failed;
            };
        // Passing all tests is not enough: without a proof there is always an error.
        error += Math.max(counted, 1) * share;
      }
      return new Judgement(settings.errorWeight() * error + performance, proved);
    }

    private boolean safe(List<Instruction> code) {
      Places places = Places.before(layout);
      length = 0;
      for (Instruction insn : code) {
        Step step = Step.of(insn, layout);
        if (!places.allows(step, target)) {
          return false;
        }
        places.step(step);
        steps[length++] = step;
      }
      return layout.endsAlike(places);
    }

    /** How far the output for a test is from what it should be. */
    private double difference(int test) {
      if (!machine.run(steps, length, tests.input(test))) {
        return UNSAFE;
      }
      TestCase expected = tests.output(test);
      double sum = 0;
      for (int r = 0; r < Reg.COUNT; r++) {
        long mask = layout.liveBits(r);
        if (mask != 0) {
          sum += distance(machine.r[r] & mask, expected.registers[r] & mask);
        }
      }
      for (int i = 0; i < machine.memory.length; i++) {
        boolean[] live = layout.live(i);
        for (int at = 0; at < live.length; at++) {
          if (live[at] && machine.memory[i][at] != expected.memory[i][at]) {
            sum += distance(machine.memory[i][at] & 0xff, expected.memory[i][at] & 0xff);
          }
        }
      }
      return sum;
    }

    private double distance(long a, long b) {
      return switch (settings.distance()) {
        case ABSOLUTE -> Math.abs((double) (a - b));
        case POPULATION -> Long.bitCount(a ^ b);
      };
    }

    private boolean proved(List<Instruction> code) {
      List<Instruction> essence = withoutDead(code);
      Boolean known = verdicts.get(essence);
      if (known != null) {
        return known;
      }
      boolean equal =
          switch (proofs.check(code)) {
            case WindowVerdict.Equivalent _ -> true;
            case WindowVerdict.Different(WindowVerdict.Input input, String _) -> {
              if (tests.size() < MOST_TESTS) {
                tests.addCounterexample(input, code);
                newTest = true;
              }
              yield false;
            }
            case WindowVerdict.Refused _, WindowVerdict.Unknown _ -> false;
          };
      verdicts.put(essence, equal);
      return equal;
    }

    /** The candidate without instructions whose result is not used: the key of the cache. */
    private List<Instruction> withoutDead(List<Instruction> code) {
      int needed = 0;
      for (int r = 0; r < Reg.COUNT; r++) {
        needed |= layout.liveBits(r) != 0 ? 1 << r : 0;
      }
      List<Instruction> kept = new ArrayList<>();
      for (int i = code.size() - 1; i >= 0; i--) {
        Step step = Step.of(code.get(i), layout);
        if (step.dst >= 0 && (needed >> step.dst & 1) == 0) {
          continue;
        }
        if (step.dst >= 0) {
          needed &= ~(1 << step.dst);
        }
        needed |= step.reads;
        kept.add(code.get(i));
      }
      return kept.reversed();
    }
  }
}
