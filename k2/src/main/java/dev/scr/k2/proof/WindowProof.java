package dev.scr.k2.proof;

import dev.scr.ebpf.isa.Instruction;
import dev.scr.ebpf.isa.Reg;
import dev.scr.k2.proof.WindowVerdict.DecidedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks candidates for one straight-line window. The original is executed once; each candidate is
 * executed on the same terms, and what is still needed must be equal. Most answers come from the
 * normal form or from inputs that told other candidates apart; the rest goes to one incremental
 * solver. One thread at a time.
 */
public final class WindowProof implements AutoCloseable {
  /** Terms after which everything is built anew, so that a long search does not fill memory. */
  private static final int MAX_TERMS = 60_000;

  private static final int RANDOM_INPUTS = 24;
  private static final int MAX_INPUTS = 64;

  private final List<Instruction> original;
  private final Precondition pre;
  private final Postcondition post;
  private final CheckerOptions options;
  private final WindowStatistics statistics = new WindowStatistics();

  private WindowStart start;
  private WindowRun reference;
  private WindowRules rules;
  private @Nullable Solver solver;
  private final List<Evaluation> inputs = new ArrayList<>();

  private WindowProof(
      List<Instruction> original, Precondition pre, Postcondition post, CheckerOptions options) {
    this.original = List.copyOf(original);
    this.pre = pre;
    this.post = post;
    this.options = options;
    this.start = new WindowStart(pre);
    this.reference = new WindowRun(start, false).run(this.original);
    this.rules = new WindowRules(pre, reference, options);
    addRandomInputs();
  }

  /**
   * Prepares the checks of candidates for a window.
   *
   * @throws IllegalArgumentException if the window has a jump, a call or an access through
   *     something that the precondition does not call a pointer
   */
  public static WindowProof open(
      List<Instruction> original, Precondition pre, Postcondition post, CheckerOptions options) {
    try {
      return new WindowProof(original, pre, post, options);
    } catch (Refusal e) {
      throw new IllegalArgumentException("window: " + e.why(), e);
    }
  }

  /** Whether a candidate can stand in the window's place. */
  public WindowVerdict check(List<Instruction> candidate) {
    if (start.terms().size() > MAX_TERMS) {
      rebuild();
    }
    long begin = System.nanoTime();
    WindowVerdict verdict = decide(candidate);
    statistics.count(verdict, System.nanoTime() - begin);
    return verdict;
  }

  /**
   * The question whether a candidate differs from the window, as a script of SMT-LIB 2 (QF_ABV)
   * that stands alone and is not simplified: any solver answers {@code unsat} for an equivalent
   * candidate. The rules of access are not part of it.
   *
   * @throws IllegalArgumentException if the candidate is refused
   */
  public String smtLib(List<Instruction> candidate) {
    try {
      WindowRun run = new WindowRun(start, true).run(candidate);
      return WindowScript.of(
          pre,
          post,
          start.blocks().keySet(),
          List.of(
              new WindowScript.Window(original, reference.accesses),
              new WindowScript.Window(candidate, run.accesses)));
    } catch (Refusal e) {
      throw new IllegalArgumentException("candidate: " + e.why(), e);
    }
  }

  /** Numbers about the checks so far. */
  public WindowStatistics statistics() {
    return statistics;
  }

  private WindowVerdict decide(List<Instruction> candidate) {
    Term goal;
    try {
      WindowRun run = new WindowRun(start, true).run(candidate);
      rules.check(run);
      goal = start.facts().decide(goal(run));
    } catch (Refusal e) {
      return new WindowVerdict.Refused(e.why());
    }
    if (goal == start.terms().yes) {
      return new WindowVerdict.Equivalent(DecidedBy.NORMAL_FORM);
    }
    for (Evaluation input : inputs) {
      if (!input.holds(goal)) {
        return different(input, goal);
      }
    }
    return solve(goal);
  }

  private WindowVerdict solve(Term goal) {
    Terms terms = start.terms();
    Solver z3 = solver == null ? new Solver(terms, options, ProofSink.NONE) : solver;
    solver = z3;
    List<Term> question = new ArrayList<>(start.facts().conditions());
    question.add(terms.not(goal));
    return switch (z3.check(question)) {
      case UNSATISFIABLE -> new WindowVerdict.Equivalent(DecidedBy.SOLVER);
      case UNKNOWN -> new WindowVerdict.Unknown(z3.reason());
      case SATISFIABLE -> {
        Evaluation input = z3.model();
        if (inputs.size() < MAX_INPUTS) {
          inputs.add(input);
        }
        yield different(input, goal);
      }
    };
  }

  /** The condition that everything that is still needed is equal. */
  private Term goal(WindowRun run) {
    Terms terms = start.terms();
    List<Term> parts = new ArrayList<>();
    for (int i = 0; i < Reg.COUNT; i++) {
      Term expected = reference.registers.peek(Reg.of(i));
      long live = post.liveBits().get(i);
      if (live == 0 || expected == null) {
        continue;
      }
      Term mask = terms.constant(live);
      Term found = run.registers.get(Reg.of(i));
      parts.add(terms.equal(terms.and(expected, mask), terms.and(found, mask)));
    }
    for (Block block : start.blocks().values()) {
      addMemory(block, run, parts);
    }
    return terms.all(parts);
  }

  private void addMemory(Block block, WindowRun run, List<Term> parts) {
    Terms terms = start.terms();
    if (run.memory.sameWrites(block.space(), reference.memory)) {
      return;
    }
    Map<Memory.Place, Boolean> places = run.memory.writtenPlaces(block.space());
    places.putAll(reference.memory.writtenPlaces(block.space()));
    for (Memory.Place place : places.keySet()) {
      if (!isDead(block, place.offset())) {
        parts.add(
            terms.equal(
                reference.memory.read(terms, start.facts(), block, place.offset(), 1),
                run.memory.read(terms, start.facts(), block, place.offset(), 1)));
      }
    }
  }

  private boolean isDead(Block block, Term offset) {
    Region region = start.regions().get(block.base());
    return offset.isConstant()
        && post.dead().stream()
            .anyMatch(dead ->
                dead.region().equals(region)
                    && dead.from() <= offset.value
                    && offset.value < dead.to());
  }

  private WindowVerdict different(Evaluation input, Term goal) {
    String why = "not equal: " + failing(input, goal);
    return new WindowVerdict.Different(input(input), why);
  }

  private static Term failing(Evaluation input, Term goal) {
    if (goal.op == Term.Op.ALL) {
      for (Term part : goal.args) {
        if (!input.holds(part)) {
          return part;
        }
      }
    }
    return goal;
  }

  /** What registers and memory hold at the start, for an assignment of unknowns. */
  private WindowVerdict.Input input(Evaluation evaluation) {
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < Reg.COUNT; i++) {
      Term value = start.registers().peek(Reg.of(i));
      values.add(value == null ? 0 : evaluation.value(value));
    }
    Map<Region, Long> bases = new HashMap<>();
    Map<Region, Map<Long, Byte>> bytes = new HashMap<>();
    start
        .blocks()
        .forEach((region, block) -> {
          bases.put(region, evaluation.value(block.base()));
          bytes.put(region, bytes(evaluation, block));
        });
    return new WindowVerdict.Input(values, bases, bytes);
  }

  /** Bytes that the original or a candidate looks at. */
  private Map<Long, Byte> bytes(Evaluation evaluation, Block block) {
    Map<Long, Byte> found = new TreeMap<>();
    for (Term term : start.terms().applications("mem:" + block.space() + "#")) {
      found.put(evaluation.value(term.arg(0)), (byte) evaluation.value(term));
    }
    for (Memory.Place place : start.memory().writtenPlaces(block.space()).keySet()) {
      Term value = start.memory().read(start.terms(), start.facts(), block, place.offset(), 1);
      found.put(evaluation.value(place.offset()), (byte) evaluation.value(value));
    }
    return found;
  }

  private void addRandomInputs() {
    for (int i = 0; i < RANDOM_INPUTS; i++) {
      Evaluation input = RandomInputs.create(options.seed() * 1_000_003 + i);
      if (start.facts().conditions().stream().allMatch(input::holds)) {
        inputs.add(input);
      }
    }
  }

  private void rebuild() {
    closeSolver();
    inputs.clear();
    start = new WindowStart(pre);
    reference = new WindowRun(start, false).run(original);
    rules = new WindowRules(pre, reference, options);
    addRandomInputs();
  }

  private void closeSolver() {
    if (solver != null) {
      solver.close();
      solver = null;
    }
  }

  /** Regions that the window knows. */
  public Set<Region> regions() {
    return Set.copyOf(start.blocks().keySet());
  }

  @Override
  public void close() {
    closeSolver();
  }
}
