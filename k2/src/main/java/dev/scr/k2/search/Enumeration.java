package dev.scr.k2.search;

/**
 * Depth-first enumeration of candidates up to a cost, on columns: the values of a register for
 * several inputs at once. Owned by one thread.
 *
 * <p>What keeps it small: a state in which <em>n</em> registers and stores are still missing needs
 * at least <em>n</em> more instructions, and if exactly so many are left, each has to provide one
 * of them, and is found from its result ({@link Closing}: constants are solved for, not guessed). A
 * store has to leave right bytes only. A value has to be used. States that were seen with as much
 * cost left are not visited again; of two independent neighbours only one order is tried.
 */
final class Enumeration {
  /** Position of a step that is not of the menu. */
  private static final int CLOSES = -1;

  /** What to do with a candidate that gives the right columns. */
  interface Found {
    /** True ends the enumeration. */
    boolean found(Step[] path, int length);
  }

  private final Layout layout;
  private final TargetFeatures target;
  private final Cost cost;
  private final Found sink;
  private final StepBudget budget;
  private final StepMenu menu;
  private final ColumnStates states;
  private final MemorySteps memorySteps;
  private final Closing closing;
  private final SeenStates seen = new SeenStates();
  private final Step[] path = new Step[ColumnStates.MOST_DEPTH + 1];

  /** By depth: where the step stands in the menu. */
  private final int[] position = new int[ColumnStates.MOST_DEPTH + 1];

  /**
   * @param columns inputs to look at; the first ones of the tests
   * @param limit most steps
   * @param sink gets each candidate that is right for these inputs
   */
  Enumeration(
      Layout layout,
      TargetFeatures target,
      Cost cost,
      TestCases tests,
      int columns,
      long limit,
      Found sink) {
    this.layout = layout;
    this.target = target;
    this.cost = cost;
    this.sink = sink;
    this.budget = new StepBudget(limit);
    this.menu = new StepMenu(layout, target);
    int most = Math.min(columns, tests.size());
    ColumnGoal goal = new ColumnGoal(layout, tests, most);
    this.states = new ColumnStates(layout, tests, goal, most);
    this.memorySteps = new MemorySteps(layout, states);
    this.closing =
        new Closing(layout, target, menu, states, memorySteps, goal, budget, most, this::take);
  }

  /** Looks for candidates of at most this cost; true if the sink took one. */
  boolean search(int most) {
    seen.clear();
    return descend(0, most, most / cost.least());
  }

  /** Steps that were made. */
  long steps() {
    return budget.spent();
  }

  /** Whether it ended because there were no steps left. */
  boolean isStopped() {
    return budget.isExhausted();
  }

  private boolean descend(int depth, int left, int instructions) {
    budget.spend();
    if (budget.endIfOverdrawn()) {
      return false;
    }
    int lacking = states.lacking(depth);
    int unused = states.unused(depth);
    boolean isCandidate = lacking == 0 && unused == 0;
    if (isCandidate && layout.endsAlike(states.places(depth)) && sink.found(path, depth)) {
      return true;
    }
    if (budget.isExhausted() || lacking > instructions || instructions == 0) {
      return false;
    }
    if (isCandidate
        || depth == ColumnStates.MOST_DEPTH
        || Integer.bitCount(unused) > instructions + 1
        || !seen.visit(states.hash(depth), left)) {
      return false;
    }
    return closing.close(depth, left, left < 2 * cost.least() ? unused : 0)
        || (lacking < instructions && computeMore(depth, left));
  }

  /** Tries every instruction that computes something new. */
  private boolean computeMore(int depth, int left) {
    int before = depth == 0 ? CLOSES : position[depth - 1];
    Places here = states.places(depth);
    for (int i = 0; i < menu.steps().size(); i++) {
      Step step = menu.steps().get(i);
      if (i < before && independent(path[depth - 1], step)) {
        continue;
      }
      if (isTemporaryTooEarly(depth, step.dst) || !here.allows(step, target)) {
        continue;
      }
      if (advance(depth, left, step, i)) {
        return true;
      }
      if (budget.isExhausted()) {
        return false;
      }
    }
    return loadMore(depth, left);
  }

  private boolean loadMore(int depth, int left) {
    for (MemoryPlace place : menu.loads()) {
      int base = memorySteps.baseFor(depth, place.region());
      if (base < 0) {
        continue;
      }
      for (int dst : menu.registers()) {
        if (isTemporaryTooEarly(depth, dst)) {
          continue;
        }
        Step step = memorySteps.load(depth, place, dst, base, false);
        if (step != null
            && states.places(depth).allows(step, target)
            && advance(depth, left, step, menu.steps().size())) {
          return true;
        }
        if (budget.isExhausted()) {
          return false;
        }
      }
    }
    return false;
  }

  /** The second temporary is not tried before the first is in use: they are alike. */
  private boolean isTemporaryTooEarly(int depth, int dst) {
    int[] temporaries = menu.temporaries();
    return temporaries.length == 2
        && dst == temporaries[1]
        && !isDefinedOnPath(depth, temporaries[0]);
  }

  private boolean isDefinedOnPath(int depth, int register) {
    for (int i = 0; i < depth; i++) {
      if (path[i].dst == register) {
        return true;
      }
    }
    return false;
  }

  private static boolean independent(Step a, Step b) {
    boolean memory = a.accessesMemory() && b.accessesMemory();
    return !memory
        && a.dst >= 0
        && b.dst >= 0
        && a.dst != b.dst
        && (b.reads >> a.dst & 1) == 0
        && (a.reads >> b.dst & 1) == 0;
  }

  /** Takes a step that is known to provide something. */
  private boolean take(int depth, int left, Step step) {
    if (!states.places(depth).allows(step, target)) {
      return false;
    }
    if (step.dst >= 0) {
      return advance(depth, left, step, CLOSES);
    }
    int rest = left - cost.of(step.insn);
    if (rest < 0) {
      return false;
    }
    states.store(depth, step);
    return follow(depth, rest, step, CLOSES);
  }

  /** Takes a step that writes a register, and goes on if the rest can be enough. */
  private boolean advance(int depth, int left, Step step, int index) {
    int rest = left - cost.of(step.insn);
    if (rest < 0) {
      return false;
    }
    budget.spend();
    return states.write(depth, step)
        && states.lacking(depth + 1) <= rest / cost.least()
        && follow(depth, rest, step, index);
  }

  private boolean follow(int depth, int left, Step step, int index) {
    path[depth] = step;
    position[depth] = index;
    states.placesAfter(depth, step);
    return descend(depth + 1, left, left / cost.least());
  }
}
